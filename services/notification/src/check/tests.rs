use super::*;

#[test]
fn every_interface_is_reached_on_the_machines_own() {
    let reach = |text: &str| reachable(text.parse().unwrap()).to_string();
    assert_eq!(reach("0.0.0.0:8002"), "127.0.0.1:8002");
    assert_eq!(reach("[::]:8002"), "[::1]:8002");
    assert_eq!(reach("10.1.2.3:8002"), "10.1.2.3:8002");
}

#[tokio::test]
async fn nobody_there_is_said() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = check(address).await.unwrap_err();
    assert_eq!(error.to_string(), "the service can't be reached");
}
