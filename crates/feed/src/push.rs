use std::time::Duration;

use async_trait::async_trait;

use crate::connection::ConnectionId;
use crate::frame::Frame;

/// Why a frame could not be sent to a connection.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The connection no longer exists (410).
    #[error("the connection is gone")]
    Gone,
    /// The account's rate or the client's buffer is exhausted (429), after retries.
    #[error("the connection is throttled")]
    Throttled,
    /// Any other failure, after retries.
    #[error("the message could not be sent")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Sends frames to open WebSocket connections without copying them, and closes connections.
#[async_trait]
pub trait Push: Send + Sync {
    /// Sends one frame of at most 128 KB (32 KB is what one billing unit holds). Throttling and faults are retried
    /// with jitter as long as `budget` lasts; with a budget of zero there is exactly one attempt.
    async fn push(
        &self,
        connection: &ConnectionId,
        frame: &Frame,
        budget: Duration,
    ) -> Result<(), PushError>;

    /// Closes a connection; one that is gone already is no error.
    async fn disconnect(&self, connection: &ConnectionId) -> Result<(), PushError>;
}
