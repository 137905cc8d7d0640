use feed::ConnectionId;
use feed::fakes::MemoryFeed;

use super::*;

fn event() -> ApiGatewayWebsocketProxyRequest {
    serde_json::from_str(include_str!("../fixtures/disconnect.json")).unwrap()
}

#[tokio::test]
async fn the_connection_is_removed() {
    let feed = MemoryFeed::default();
    assert_eq!(
        handle(&feed, event()).await.unwrap(),
        RouteResponse::ok(None)
    );
    assert_eq!(feed.known().closed, [ConnectionId("AAAA1234=".into())]);
}

#[tokio::test]
async fn a_failure_fails_the_invocation() {
    let feed = MemoryFeed::default();
    feed.known().faults.connection_removals = true;
    assert!(handle(&feed, event()).await.is_err());
    let mut nameless = event();
    nameless.request_context.connection_id = None;
    assert!(handle(&MemoryFeed::default(), nameless).await.is_err());
}
