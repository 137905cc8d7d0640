use std::sync::Arc;

use super::{NewConnection, StoreConnection};
use crate::Clock;
use crate::ConnectionId;
use crate::Result;
use crate::VerifyToken;

/// The protocols that can be spoken on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// The raw feed, version 1. It is also spoken when the client names no protocol.
    FastfusionV1,
    /// GraphQL over WebSocket, as <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md> describes it.
    GraphqlTransportWs,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::FastfusionV1, Self::GraphqlTransportWs];

    /// The protocol of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|protocol| protocol.name() == name)
    }

    /// The name of the subprotocol, as in `Sec-WebSocket-Protocol`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FastfusionV1 => "fastfusion.v1",
            Self::GraphqlTransportWs => "graphql-transport-ws",
        }
    }
}

/// Opens connections.
pub struct OpenConnection {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// What verifies tokens.
    pub tokens: Arc<dyn VerifyToken>,
    /// Where connections are stored.
    pub connections: Arc<dyn StoreConnection>,
}

impl OpenConnection {
    /// Stores a connection that a client opens. With a token it is authenticated from the start;
    /// without, the client has [`super::AUTH_TIMEOUT_MS`] to send one.
    ///
    /// # Errors
    /// [`crate::Error::Unauthenticated`] if the token is not accepted, or what the ports return.
    pub async fn open(
        &self,
        id: ConnectionId,
        protocol: Option<Protocol>,
        token: Option<&str>,
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
            identity,
        };
        self.connections.store_connection(&connection).await
    }
}
