use std::sync::Arc;

use crate::close::close;
use crate::connection::{ConnectionId, Connections};
use crate::encode::EncodeOperations;
use crate::error::Causes;
use crate::push::Push;
use crate::violation::Violated;

/// Ends connections.
pub(super) struct Closing {
    pub(super) connections: Arc<dyn Connections>,
    pub(super) push: Arc<dyn Push>,
    pub(super) encode: Arc<dyn EncodeOperations>,
}

impl Closing {
    /// Tells the client why, closes the connection and forgets it.
    pub(super) async fn close(&self, connection: &ConnectionId, violated: impl Into<Violated>) {
        let violated = violated.into();
        tracing::debug!(connection = &*connection.0, violation = %violated.violation, "a connection broke the protocol and is closed");
        let farewell = self.encode.violated(&violated);
        let (push, connections) = (&*self.push, &*self.connections);
        if let Err(error) = close(push, connections, connection, Some(&farewell)).await {
            let (connection, error) = (&*connection.0, Causes(&error));
            tracing::warn!(connection, %error, "closing a connection failed, it ends with its next message or expires");
        }
    }

    /// Forgets a connection that has ended. What fails here is removed by the fan-out, or expires.
    pub(super) async fn forget(&self, connection: &ConnectionId) {
        if let Err(error) = self.connections.remove_connection(connection).await {
            let (connection, error) = (&*connection.0, Causes(&error));
            tracing::warn!(connection, %error, "removing a connection failed, the fan-out removes it or it expires");
        }
    }
}
