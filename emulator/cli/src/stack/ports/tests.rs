use clap::Parser;
use indexmap::IndexMap;

use super::*;

fn service(name: &str, port: u16) -> Service {
    Service {
        name: name.to_owned(),
        port,
        environment: IndexMap::new(),
        health_check: Vec::new(),
    }
}

fn args(arguments: &[&str]) -> Args {
    Args::parse_from(["emulator"].iter().chain(arguments))
}

#[tokio::test]
async fn a_held_port_is_nobody_elses() {
    let services = [service("push-mail", 8002)];
    let taken = take(&args(&["--port", "0"]), &services).unwrap();
    let address = taken[0].address;
    assert_ne!(address.port(), 0);
    let url = ("PushMailUrl".to_owned(), format!("http://{address}"));
    assert_eq!(urls(&taken).collect::<Vec<_>>(), [url]);
    // The service can listen there, once.
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let argument = format!("push-mail={}", address.port());
    let error = take(&args(&["--service-port", &argument]), &services)
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("is not free for push-mail"),
        "{error}"
    );
    drop(listener);
}

#[test]
fn a_port_for_nothing_is_refused() {
    let error = take(&args(&["--service-port", "mail=1"]), &[])
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "--service-port names mail: the template has no such service"
    );
}
