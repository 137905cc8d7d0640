use std::sync::Mutex;

use async_trait::async_trait;
use feed::{AudienceEntry, AudienceShard, ConnectionId, Versions};

use super::*;

#[derive(Default)]
struct Audience {
    removed: Mutex<Vec<ConnectionId>>,
    broken: bool,
}

#[async_trait]
impl ReadAudience for Audience {
    async fn versions(&self, _: &[AudienceShard]) -> feed::Result<Versions> {
        unreachable!("nothing is read")
    }

    async fn audience(&self, _: AudienceShard) -> feed::Result<Vec<AudienceEntry>> {
        unreachable!("nothing is read")
    }

    async fn remove_connection(&self, connection: &ConnectionId) -> feed::Result<()> {
        if self.broken {
            return Err(feed::Error::Unavailable {
                what: "the store",
                source: "broken".into(),
            });
        }
        self.removed.lock().unwrap().push(connection.clone());
        Ok(())
    }
}

fn event() -> ApiGatewayWebsocketProxyRequest {
    serde_json::from_str(include_str!("../fixtures/disconnect.json")).unwrap()
}

#[tokio::test]
async fn the_connection_is_removed() {
    let audience = Audience::default();
    assert_eq!(
        handle(&audience, event()).await.unwrap(),
        RouteResponse::ok(None)
    );
    assert_eq!(
        *audience.removed.lock().unwrap(),
        [ConnectionId("AAAA1234=".into())]
    );
}

#[tokio::test]
async fn a_failure_fails_the_invocation() {
    let audience = Audience {
        broken: true,
        ..Audience::default()
    };
    assert!(handle(&audience, event()).await.is_err());
    let mut nameless = event();
    nameless.request_context.connection_id = None;
    assert!(handle(&Audience::default(), nameless).await.is_err());
}
