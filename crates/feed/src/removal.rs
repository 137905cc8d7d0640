use std::collections::HashSet;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::time::Instant;

use crate::connection::{ConnectionId, Connections};
use crate::error::{Causes, Result};
use crate::subscription::SubscriptionId;
use crate::subscriptions::Subscriptions;

/// Removals at a time, few enough to leave the table to those who subscribe.
const IN_FLIGHT: usize = 16;
/// How long removals may take after each batch, so that they never hold up the next tick.
const TIME: Duration = Duration::from_secs(1);

/// Something stored that nothing is sent to any more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Removal {
    /// A connection that is gone, with all its subscriptions.
    Connection(ConnectionId),
    /// A subscription that has ended.
    Subscription(ConnectionId, SubscriptionId),
}

/// Removals that are still to be made in the store.
///
/// Nothing is sent to it already, so there is no hurry: what doesn't fit into one batch, or fails, comes after
/// the next one.
#[derive(Default)]
pub(crate) struct RemovalQueue(HashSet<Removal>);

impl RemovalQueue {
    pub(crate) fn insert(&mut self, removal: Removal) {
        self.0.insert(removal);
    }

    pub(crate) fn contains(&self, removal: &Removal) -> bool {
        self.0.contains(removal)
    }

    /// Removes as many as can be within the time.
    pub(crate) async fn remove_some(
        &mut self,
        connections: &dyn Connections,
        subscriptions: &dyn Subscriptions,
    ) {
        let start = Instant::now();
        let mut left = HashSet::new();
        let mut failure = None;
        let mut removals = stream::iter(self.0.drain())
            .map(async |removal| {
                if start.elapsed() >= TIME {
                    return (removal, None);
                }
                let result = removal.remove(connections, subscriptions).await;
                (removal, Some(result))
            })
            .buffer_unordered(IN_FLIGHT);
        while let Some((removal, result)) = removals.next().await {
            match result {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    failure.get_or_insert(error);
                    left.insert(removal);
                }
                None => {
                    left.insert(removal);
                }
            }
        }
        drop(removals);
        if let Some(error) = failure {
            tracing::warn!(
                left = left.len(),
                error = %Causes(&error),
                "removing closed connections and ended subscriptions failed, retrying after the next batch"
            );
        }
        self.0 = left;
    }
}

impl Removal {
    async fn remove(
        &self,
        connections: &dyn Connections,
        subscriptions: &dyn Subscriptions,
    ) -> Result<()> {
        match self {
            Self::Connection(connection) => connections.remove_connection(connection).await,
            // That there is none is as good: the client may have been faster.
            Self::Subscription(connection, id) => subscriptions
                .remove_subscription(connection, id)
                .await
                .map(drop),
        }
    }
}
