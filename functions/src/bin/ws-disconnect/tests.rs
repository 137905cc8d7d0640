use feed::fakes::{MemoryFeed, connection};

use super::*;

fn event() -> Event {
    let fixture = include_str!("../../../../crates/api/fixtures/ws-disconnect.json");
    serde_json::from_str(fixture).unwrap()
}

#[tokio::test]
async fn the_connection_is_removed() {
    let feed = MemoryFeed::default();
    let response = disconnect(&feed, connection("gone"), &event())
        .await
        .unwrap();
    assert_eq!(serde_json::to_value(response).unwrap()["statusCode"], 200);
    assert_eq!(feed.known().closed, [connection("gone")]);
}

#[tokio::test]
async fn a_connection_that_can_not_be_removed_fails_the_invocation() {
    let feed = MemoryFeed::default();
    feed.known().faults.connection_removals = true;
    let closed = disconnect(&feed, connection("gone"), &event()).await;
    let error = closed.unwrap_err();
    assert!(error.is::<feed::Error>(), "{error:?}");
}
