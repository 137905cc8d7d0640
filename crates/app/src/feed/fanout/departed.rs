use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::time::Instant;

use crate::feed::{ConnectionId, ReadAudience};

/// Removals at a time, few enough to leave the table to those who subscribe.
const IN_FLIGHT: usize = 16;
/// How long removals may take after each batch, so that they never hold up the next tick.
const TIME: Duration = Duration::from_secs(1);

/// Connections that are gone and are still to be removed from the store.
///
/// They are forgotten in this process already, so there is no hurry: what doesn't fit into one batch, or
/// fails, comes after the next one.
#[derive(Default)]
pub(super) struct Departed(VecDeque<ConnectionId>);

impl Departed {
    pub(super) fn extend(&mut self, connections: impl IntoIterator<Item = ConnectionId>) {
        self.0.extend(connections);
    }

    /// Removes as many as can be within the time.
    pub(super) async fn remove_some(&mut self, audience: &dyn ReadAudience) {
        let start = Instant::now();
        let mut left = VecDeque::new();
        let mut failure = None;
        let mut removals = stream::iter(self.0.drain(..))
            .map(async |connection| {
                if start.elapsed() >= TIME {
                    return (connection, None);
                }
                let result = audience.remove_connection(&connection).await;
                (connection, Some(result))
            })
            .buffer_unordered(IN_FLIGHT);
        while let Some((connection, result)) = removals.next().await {
            match result {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    failure.get_or_insert(error);
                    left.push_back(connection);
                }
                None => left.push_back(connection),
            }
        }
        drop(removals);
        if let Some(error) = failure {
            tracing::warn!(
                connections = left.len(),
                error = &error as &dyn std::error::Error,
                "connections that are gone could not be removed, this is tried again"
            );
        }
        self.0 = left;
    }
}
