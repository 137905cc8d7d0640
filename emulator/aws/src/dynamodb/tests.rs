use super::*;

#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_page_can_guess_where_it_listens() {
    let mut addresses = Vec::new();
    for _ in 0..3 {
        let directory = tempfile::tempdir().unwrap();
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let url = embedded(directory.path(), &tasks, stop.clone())
            .await
            .unwrap();
        create_tables(&url, &[]).await.unwrap();
        let address: std::net::SocketAddrV4 = url.strip_prefix("http://").unwrap().parse().unwrap();
        tokio::net::TcpStream::connect(address).await.unwrap();
        assert!(address.ip().is_loopback(), "{url}");
        assert_ne!(*address.ip(), Ipv4Addr::LOCALHOST);
        addresses.push(*address.ip());
        stop.cancel();
    }
    addresses.sort_unstable();
    addresses.dedup();
    assert!(addresses.len() > 1, "{addresses:?}");
}
