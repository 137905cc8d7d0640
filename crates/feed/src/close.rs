use std::sync::Arc;
use std::time::Duration;

use domain::UserId;
use futures_util::{StreamExt as _, stream};
use tracing::warn;

use crate::connection::{ConnectionId, Connections, Protocol};
use crate::error::{Causes, Error, Result};
use crate::frame::Frame;
use crate::push::{Push, PushError};

/// How long the farewell may take: the connection is closed either way.
const FAREWELL_BUDGET: Duration = Duration::from_millis(500);
/// Connections of a user that are closed at the same time.
const AT_A_TIME: usize = 16;

/// Closes a connection, after a farewell if there is one, and removes what is stored of it. A connection
/// that can't be closed is not removed, so that it is found again.
pub async fn close(
    push: &dyn Push,
    connections: &dyn Connections,
    connection: &ConnectionId,
    farewell: Option<&Frame>,
) -> Result<()> {
    if let Some(farewell) = farewell
        && let Err(error @ (PushError::Throttled | PushError::Failed(_))) =
            push.push(connection, farewell, FAREWELL_BUDGET).await
    {
        // The farewell is a courtesy; closing is what counts.
        warn!(connection = &*connection.0, error = %Causes(&error), "sending the last message failed, closing the connection");
    }
    match push.disconnect(connection).await {
        Ok(()) | Err(PushError::Gone) => connections.remove_connection(connection).await,
        Err(error @ (PushError::Throttled | PushError::Failed(_))) => Err(Error::Unavailable {
            what: "closing a connection",
            source: Box::new(error),
        }),
    }
}

/// The last message before a connection is closed, in the words of each protocol.
#[derive(Debug, Clone)]
pub struct Farewell {
    /// For the raw feed.
    pub raw_feed: Frame,
    /// For GraphQL operations.
    pub operations: Frame,
}

impl Farewell {
    /// The message for clients that speak this protocol.
    #[must_use]
    pub const fn on(&self, protocol: Protocol) -> &Frame {
        match protocol {
            Protocol::FastfusionV1 => &self.raw_feed,
            Protocol::GraphqlTransportWs => &self.operations,
        }
    }
}

/// Closes the connections of users and removes them with their subscriptions.
pub struct EraseConnections {
    /// Where they are found and removed.
    pub connections: Arc<dyn Connections>,
    /// How they are told, and closed.
    pub push: Arc<dyn Push>,
    /// What they are told.
    pub farewell: Farewell,
}

impl EraseConnections {
    /// Closes all connections of a user, and removes them.
    ///
    /// # Errors
    /// The first failure, after every other connection was dealt with: calling it again goes on from there.
    pub async fn close_all(&self, user: UserId) -> Result<()> {
        let connections = self.connections.connections_of(user).await?;
        // One that can't be closed keeps no other open.
        let closed: Vec<Result<()>> = stream::iter(connections)
            .map(async |connection| {
                let farewell = self.farewell.on(connection.protocol);
                close(
                    &*self.push,
                    &*self.connections,
                    &connection.id,
                    Some(farewell),
                )
                .await
            })
            .buffer_unordered(AT_A_TIME)
            .collect()
            .await;
        closed.into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
