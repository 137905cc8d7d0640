use std::sync::Arc;

use super::{EncodeControl, Violated};
use crate::Causes;
use crate::{ConnectionId, PushMessages, ReadAudience, close};

/// Ends connections.
pub(super) struct Closing {
    pub(super) audience: Arc<dyn ReadAudience>,
    pub(super) push: Arc<dyn PushMessages>,
    pub(super) encode: Arc<dyn EncodeControl>,
}

impl Closing {
    /// Tells the client why, closes the connection and forgets it.
    pub(super) async fn close(&self, connection: &ConnectionId, violated: impl Into<Violated>) {
        let violated = violated.into();
        tracing::debug!(connection = &*connection.0, violation = %violated.violation, "a connection is closed");
        let why = self.encode.violated(&violated).0;
        let closed = close(
            &*self.push,
            &*self.audience,
            connection,
            Some(why.as_bytes()),
        );
        if let Err(error) = closed.await {
            let (connection, error) = (&*connection.0, Causes(&error));
            tracing::warn!(connection, %error, "could not close a connection");
        }
    }

    /// Forgets a connection that has ended. What fails here is removed by the fan-out, or expires.
    pub(super) async fn forget(&self, connection: &ConnectionId) {
        if let Err(error) = self.audience.remove_connection(connection).await {
            let (connection, error) = (&*connection.0, Causes(&error));
            tracing::warn!(connection, %error, "could not remove a connection");
        }
    }
}
