use std::time::Instant;

use anyhow::{Result, ensure};
use e2e::{PATIENCE, Session, Socket, Stack};
use serde_json::json;

/// Asks until the feed's table holds nothing of the connections but what `expected` says.
async fn wait_for_connections(stack: &Stack, expected: usize) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let items = e2e::feed_items(stack).await?;
        let left = items
            .iter()
            .filter(|pk| pk.starts_with("conn#") || pk.starts_with("aud#"))
            .count();
        if left == expected {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "the table still holds {items:?}");
        e2e::poll_pause().await;
    }
}

#[tokio::test]
async fn a_cut_connection_is_cleaned_up() {
    let stack = Stack::start(e2e::Options::default()).unwrap();
    let user = Session::new(&stack).new_user().await.unwrap();
    let mut socket = Socket::authenticated(&stack, &user.token).await.unwrap();
    socket
        .subscribe("mine", json!({"users": "me"}))
        .await
        .unwrap();
    socket
        .subscribe("market", json!({"users": "market"}))
        .await
        .unwrap();
    socket.cut();
    wait_for_connections(&stack, 0).await.unwrap();
    let status = stack.status().await.unwrap();
    assert_eq!(status["connections"]["open"], 0, "{status}");
}
