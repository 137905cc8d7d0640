use std::collections::HashSet;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::time::Instant;

use super::session::{StoreSubscriptions, SubscriptionId};
use super::{ConnectionId, ReadAudience};
use crate::{Causes, Result};

/// Removals at a time, few enough to leave the table to those who subscribe.
const IN_FLIGHT: usize = 16;
/// How long removals may take after each batch, so that they never hold up the next tick.
const TIME: Duration = Duration::from_secs(1);

/// What nothing is sent to any more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Departure {
    /// A connection that is gone, with all its subscriptions.
    Connection(ConnectionId),
    /// A subscription that has ended.
    Subscription(ConnectionId, SubscriptionId),
}

/// What is still to be removed from the store.
///
/// Nothing is sent to it already, so there is no hurry: what doesn't fit into one batch, or fails, comes after
/// the next one.
#[derive(Default)]
pub(crate) struct Departed(HashSet<Departure>);

impl Departed {
    pub(crate) fn insert(&mut self, departure: Departure) {
        self.0.insert(departure);
    }

    pub(crate) fn contains(&self, departure: &Departure) -> bool {
        self.0.contains(departure)
    }

    /// Removes as many as can be within the time.
    pub(crate) async fn remove_some(
        &mut self,
        audience: &dyn ReadAudience,
        subscriptions: &dyn StoreSubscriptions,
    ) {
        let start = Instant::now();
        let mut left = HashSet::new();
        let mut failure = None;
        let mut removals = stream::iter(self.0.drain())
            .map(async |departure| {
                if start.elapsed() >= TIME {
                    return (departure, None);
                }
                let result = departure.remove(audience, subscriptions).await;
                (departure, Some(result))
            })
            .buffer_unordered(IN_FLIGHT);
        while let Some((departure, result)) = removals.next().await {
            match result {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    failure.get_or_insert(error);
                    left.insert(departure);
                }
                None => {
                    left.insert(departure);
                }
            }
        }
        drop(removals);
        if let Some(error) = failure {
            tracing::warn!(
                left = left.len(),
                error = %Causes(&error),
                "what nothing is sent to any more could not be removed, this is tried again"
            );
        }
        self.0 = left;
    }
}

impl Departure {
    async fn remove(
        &self,
        audience: &dyn ReadAudience,
        subscriptions: &dyn StoreSubscriptions,
    ) -> Result<()> {
        match self {
            Self::Connection(connection) => audience.remove_connection(connection).await,
            // That there is none is as good: the client may have been faster.
            Self::Subscription(connection, id) => subscriptions
                .remove_subscription(connection, id)
                .await
                .map(drop),
        }
    }
}
