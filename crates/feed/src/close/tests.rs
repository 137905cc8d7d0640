use std::sync::{Arc, Mutex};

use super::*;
use crate::{AudienceEntry, AudienceShard, Versions};

/// Everything that happened to connections, in order.
#[derive(Clone, Default)]
struct World(Arc<Mutex<Vec<String>>>);

impl World {
    fn note(&self, what: &str, connection: &ConnectionId) {
        let mut steps = self.0.lock().unwrap();
        steps.push(format!("{what} {}", connection.0));
    }
}

#[async_trait]
impl FindOwnedConnections for World {
    async fn owned_connections(&self, _: UserId) -> Result<Vec<KnownConnection>> {
        let owned = |id: &str| KnownConnection {
            id: ConnectionId(id.into()),
            protocol: match id {
                "other" => Protocol::GraphqlTransportWs,
                _ => Protocol::FastfusionV1,
            },
        };
        Ok(["stubborn", "open", "dead", "other"].map(owned).to_vec())
    }
}

#[async_trait]
impl ReadAudience for World {
    async fn versions(&self, _: &[AudienceShard]) -> Result<Versions> {
        unreachable!("the audience is not read")
    }

    async fn audience(&self, _: AudienceShard) -> Result<Vec<AudienceEntry>> {
        unreachable!("the audience is not read")
    }

    async fn remove_connection(&self, connection: &ConnectionId) -> Result<()> {
        self.note("remove", connection);
        Ok(())
    }
}

#[async_trait]
impl PushMessages for World {
    async fn push(
        &self,
        connection: &ConnectionId,
        body: &[u8],
        _: Duration,
    ) -> Result<(), PushError> {
        self.note(str::from_utf8(body).unwrap(), connection);
        match &*connection.0 {
            "dead" => Err(PushError::Gone),
            _ => Ok(()),
        }
    }

    async fn disconnect(&self, connection: &ConnectionId) -> Result<(), PushError> {
        self.note("disconnect", connection);
        match &*connection.0 {
            "stubborn" => Err(PushError::Throttled),
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn every_connection_is_told_closed_and_removed_whatever_becomes_of_the_others() {
    let world = World::default();
    let erase = EraseConnections {
        connections: Box::new(world.clone()),
        audience: Box::new(world.clone()),
        push: Box::new(world.clone()),
        farewell: Farewell {
            raw_feed: b"bye".to_vec(),
            operations: b"error".to_vec(),
        },
    };
    let user = UserId::generate(1, &[1; 10]);
    let error = erase.close_all(user).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");

    let steps = world.0.lock().unwrap().clone();
    let of = |id: &str| -> Vec<&str> {
        let step = |step: &'_ String| step.strip_suffix(id).is_some();
        let steps = steps.iter().filter(|s| step(s));
        steps.map(|step| step.split_once(' ').unwrap().0).collect()
    };
    assert_eq!(of(" open"), ["bye", "disconnect", "remove"]);
    assert_eq!(of(" dead"), ["bye", "disconnect", "remove"]);
    assert_eq!(of(" other"), ["error", "disconnect", "remove"]);
    // Not removed: so it is found again.
    assert_eq!(of(" stubborn"), ["bye", "disconnect"]);
}
