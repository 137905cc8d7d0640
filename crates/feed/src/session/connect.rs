use std::sync::Arc;

use domain::Network;

use crate::authentication::VerifyToken;
use crate::clock::Clock;
use crate::connection::{ConnectionId, Connections, NewConnection, Protocol};
use crate::error::Result;

/// Opens connections.
pub struct OpenConnection {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// What verifies tokens.
    pub tokens: Arc<dyn VerifyToken>,
    /// Where connections are stored.
    pub connections: Arc<dyn Connections>,
}

impl OpenConnection {
    /// Stores a connection that a client opens. With a token it is authenticated from the start;
    /// without, the client has [`crate::session::AUTH_TIMEOUT_MS`] to send one.
    ///
    /// # Errors
    /// [`crate::Error::Unauthenticated`] if the token is not accepted, or what the ports return.
    pub async fn open(
        &self,
        id: ConnectionId,
        protocol: Option<Protocol>,
        token: Option<&str>,
        network: Network,
    ) -> Result<()> {
        let connected_at_ms = self.clock.now_ms();
        let identity = match token {
            Some(token) => Some(self.tokens.verify(token, connected_at_ms).await?),
            None => None,
        };
        let connection = NewConnection {
            id,
            protocol,
            connected_at_ms,
            network,
            identity,
        };
        self.connections.store_connection(&connection).await
    }
}
