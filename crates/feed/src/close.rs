use std::time::Duration;

use async_trait::async_trait;
use domain::UserId;
use futures_util::{StreamExt as _, stream};
use tracing::warn;

use super::session::Protocol;
use super::{ConnectionId, PushError, PushMessages, ReadAudience};
use crate::{Causes, Error, Result};

/// How long the farewell may take: the connection is closed either way.
const FAREWELL_BUDGET: Duration = Duration::from_millis(500);
/// Connections of a user that are closed at the same time.
const AT_A_TIME: usize = 16;

/// Closes a connection, after a farewell if there is one, and removes what is stored of it. A connection
/// that can't be closed is not removed, so that it is found again.
pub async fn close(
    push: &dyn PushMessages,
    audience: &dyn ReadAudience,
    connection: &ConnectionId,
    bye: Option<&[u8]>,
) -> Result<()> {
    if let Some(bye) = bye
        && let Err(error @ (PushError::Throttled | PushError::Failed(_))) =
            push.push(connection, bye, FAREWELL_BUDGET).await
    {
        // The farewell is a courtesy; closing is what counts.
        warn!(error = %Causes(&error), "farewell not sent");
    }
    match push.disconnect(connection).await {
        Ok(()) | Err(PushError::Gone) => audience.remove_connection(connection).await,
        Err(error @ (PushError::Throttled | PushError::Failed(_))) => Err(Error::Unavailable {
            what: "closing a connection",
            source: Box::new(error),
        }),
    }
}

/// A connection that is known to be open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownConnection {
    /// Its id.
    pub id: ConnectionId,
    /// What is spoken on it.
    pub protocol: Protocol,
}

/// The last message before a connection is closed, in the words of each protocol.
#[derive(Debug, Clone)]
pub struct Farewell {
    /// For the raw feed.
    pub raw_feed: Vec<u8>,
    /// For GraphQL operations.
    pub operations: Vec<u8>,
}

impl Farewell {
    /// The message for clients that speak this protocol.
    #[must_use]
    pub fn on(&self, protocol: Protocol) -> &[u8] {
        match protocol {
            Protocol::FastfusionV1 => &self.raw_feed,
            Protocol::GraphqlTransportWs => &self.operations,
        }
    }
}

/// Finds the connections of users, whatever they speak.
#[async_trait]
pub trait FindOwnedConnections: Send + Sync {
    /// All connections on which a user has authenticated. One that was opened a moment ago may be missing,
    /// and one that has just gone may be there.
    async fn owned_connections(&self, user: UserId) -> Result<Vec<KnownConnection>>;
}

/// Closes the connections of users and removes them with their subscriptions.
pub struct EraseConnections {
    /// Which they are.
    pub connections: Box<dyn FindOwnedConnections>,
    /// Where they are removed.
    pub audience: Box<dyn ReadAudience>,
    /// How they are told, and closed.
    pub push: Box<dyn PushMessages>,
    /// What they are told.
    pub farewell: Farewell,
}

impl EraseConnections {
    /// Closes all connections of a user, and removes them.
    ///
    /// # Errors
    /// The first failure, after every other connection was dealt with: calling it again goes on from there.
    pub async fn close_all(&self, user: UserId) -> Result<()> {
        let connections = self.connections.owned_connections(user).await?;
        // One that can't be closed keeps no other open.
        let closed: Vec<Result<()>> = stream::iter(connections)
            .map(async |connection| {
                let bye = self.farewell.on(connection.protocol);
                close(&*self.push, &*self.audience, &connection.id, Some(bye)).await
            })
            .buffer_unordered(AT_A_TIME)
            .collect()
            .await;
        closed.into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
