use std::sync::Arc;
use std::time::Duration;

use domain::UserId;
use futures_util::{StreamExt as _, stream};
use tokio::time::timeout;
use tracing::warn;

use crate::answering::Answering;
use crate::connection::{Connection, ConnectionId, Connections, Protocol};
use crate::error::{Causes, Error, Result};
use crate::frame::Frame;
use crate::message_error::MessageError;
use crate::ports::FeedPorts;
use crate::push::{Push, PushError};
use crate::subscription::SubscriptionId;
use crate::violation::Violation;

/// How long sending the close notice may take: the connection is closed either way.
const NOTICE_BUDGET: Duration = Duration::from_millis(500);
/// How long removing a subscription may take whose client is waiting to hear that it has failed.
const REMOVAL_BUDGET: Duration = Duration::from_millis(500);
/// Connections of a user that are closed at the same time.
const AT_A_TIME: usize = 16;

/// Closes a connection, after a close notice if there is one, and removes what is stored of it. A connection
/// that can't be closed is not removed, so that it is found again.
pub async fn close(
    push: &dyn Push,
    connections: &dyn Connections,
    connection: &ConnectionId,
    notice: Option<&Frame>,
) -> Result<()> {
    if let Some(notice) = notice
        && let Err(error @ (PushError::Throttled | PushError::Failed(_))) =
            push.push(connection, notice, NOTICE_BUDGET).await
    {
        // The notice is a courtesy; closing is what counts.
        warn!(connection = &*connection.0, error = %Causes(&error), "sending a close notice failed, closing the connection without it");
    }
    match push.disconnect(connection).await {
        Ok(()) | Err(PushError::Gone) => connections.remove_connection(connection).await,
        Err(error @ (PushError::Throttled | PushError::Failed(_))) => Err(Error::Unavailable {
            what: "the client's connection",
            source: Box::new(error),
        }),
    }
}

impl FeedPorts {
    /// Closes a connection after a close notice, if there is one, and removes it.
    pub(crate) async fn close(&self, connection: &ConnectionId, notice: Option<&Frame>) {
        let (push, connections) = (&*self.push, &*self.connections);
        if let Err(error) = close(push, connections, connection, notice).await {
            let (connection, error) = (&*connection.0, Causes(&error));
            warn!(connection, %error, "closing a connection failed, it ends with its next message or expires");
        }
    }

    /// Removes what is stored about a connection that has ended.
    pub(crate) async fn forget(&self, connection: &ConnectionId) {
        if let Err(error) = self.connections.remove_connection(connection).await {
            let (connection, error) = (&*connection.0, Causes(&error));
            warn!(connection, %error, "removing a connection failed, the fan-out removes it or it expires");
        }
    }

    /// Removes a subscription that may be stored, and whose client is told that it isn't.
    pub(crate) async fn abandon(&self, connection: &ConnectionId, id: &SubscriptionId) {
        let removing = self.subscriptions.remove_subscription(connection, id);
        let reason = match timeout(REMOVAL_BUDGET, removing).await {
            Ok(Ok(_was_stored)) => return,
            Ok(Err(error)) => Causes(&error).to_string(),
            Err(elapsed) => elapsed.to_string(),
        };
        let (connection, id) = (&*connection.0, id.to_string());
        warn!(connection, id, %reason, "removing a subscription failed, it may go on although its client was told that it did not begin");
    }

    /// Ends a GraphQL connection on which the protocol was broken. The notice is given back where closing is left to the
    /// client.
    ///
    /// Clients expect an acknowledgement before anything else. To one that waits for it, the notice is an answer that it
    /// closes the connection for, with a code of its own; were it closed here, the client would often see the code of API
    /// Gateway instead, which says that all is well, and would connect again at once and forever. If it stays, it is closed
    /// like all who have not authenticated in time.
    pub(crate) async fn violated(
        &self,
        connection: &Connection,
        error: impl Into<MessageError<Violation>>,
    ) -> Option<Frame> {
        let error = error.into();
        let is_due = !connection.is_initialised && connection.identity.is_none();
        match error.reason {
            Violation::BadMessage(_)
            | Violation::MessageTooLarge
            | Violation::Unauthorized
            | Violation::Forbidden(_)
                if is_due =>
            {
                Some(self.encode.violation(&error))
            }
            _ => {
                self.close_on_violation(&connection.id, error).await;
                None
            }
        }
    }

    /// Closes a GraphQL connection on which the protocol was broken.
    pub(crate) async fn close_on_violation(
        &self,
        connection: &ConnectionId,
        error: impl Into<MessageError<Violation>>,
    ) {
        let error = error.into();
        tracing::debug!(connection = &*connection.0, violation = %error.reason, "a connection broke the protocol, closing it");
        self.close(connection, Some(&self.encode.violation(&error)))
            .await;
    }
}

/// The last message before a connection is closed, in the words of each protocol.
#[derive(Debug, Clone)]
pub struct CloseNotice {
    /// For the raw feed.
    pub raw_feed: Frame,
    /// For GraphQL operations.
    pub operations: Frame,
}

impl CloseNotice {
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
    pub notice: CloseNotice,
    /// Those that wait for an answer, which comes first.
    pub answering: Answering,
}

impl EraseConnections {
    /// Closes all connections of a user, and removes them. One on which a message is being answered is closed after that.
    ///
    /// # Errors
    /// The first failure, after every other connection was dealt with: calling it again goes on from there.
    pub async fn close_all(&self, user: UserId) -> Result<()> {
        let connections = self.connections.connections_of(user).await?;
        // One that can't be closed keeps no other open.
        let closed: Vec<Result<()>> = stream::iter(connections)
            .map(async |connection| {
                let notice = self.notice.on(connection.protocol);
                if self.answering.postpone_close(&connection.id, notice) {
                    return Ok(());
                }
                close(
                    &*self.push,
                    &*self.connections,
                    &connection.id,
                    Some(notice),
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
