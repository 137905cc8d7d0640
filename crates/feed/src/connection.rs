use std::sync::Arc;

use async_trait::async_trait;
use domain::{Network, UserId};

use crate::authentication::Authenticated;
use crate::error::Result;

/// The id that API Gateway gives a WebSocket connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub Arc<str>);

/// The protocols that can be spoken on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// The raw feed, version 1. It is also spoken when the client names no protocol.
    FastfusionV1,
    /// GraphQL over WebSocket, as <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md> describes it.
    GraphqlTransportWs,
}

impl Protocol {
    /// In the order in which they are offered to clients.
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

/// A connection that has just been opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConnection {
    /// As API Gateway names it.
    pub id: ConnectionId,
    /// The subprotocol that the client asked for; `None` if it asked for none.
    pub protocol: Option<Protocol>,
    /// When it was opened, in Unix milliseconds.
    pub connected_at_ms: u64,
    /// Where the client is that opened it.
    pub network: Network,
    /// Who opened it, if the request carried a token.
    pub identity: Option<Authenticated>,
}

/// An open connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// As API Gateway names it.
    pub id: ConnectionId,
    /// When it was opened, in Unix milliseconds.
    pub connected_at_ms: u64,
    /// What is spoken on it.
    pub protocol: Protocol,
    /// Whether it was initialised, where the protocol wants that.
    pub is_initialised: bool,
    /// Where the client is that opened it; not known of connections from before that was stored.
    pub network: Option<Network>,
    /// Who authenticated on it, and until when.
    pub identity: Option<Authenticated>,
    /// The messages that it has sent, ever.
    pub messages: u64,
    /// When the present window of counting began, in Unix milliseconds.
    pub window_start_ms: u64,
    /// How many messages it had sent by then.
    pub window_base: u64,
}

/// A connection as the index of users shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownConnection {
    /// As API Gateway names it.
    pub id: ConnectionId,
    /// What is spoken on it.
    pub protocol: Protocol,
}

/// What became of an attempt to authenticate a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// It is authenticated, or its authentication lasts longer than it did.
    Done,
    /// It is authenticated as somebody else, or for at least as long.
    Already,
    /// There is no such connection any more.
    NoConnection,
}

/// The connections that are open.
#[async_trait]
pub trait Connections: Send + Sync {
    /// Stores a connection that is being opened. Without an identity it is also put where connections that never
    /// authenticate are found when their time is over.
    async fn store_connection(&self, connection: &NewConnection) -> Result<()>;

    /// Counts one more message and returns the connection; `None` if there is no such connection.
    async fn count_message(&self, connection: &ConnectionId) -> Result<Option<Connection>>;

    /// Starts a new window of counting, as the connection's fields say.
    async fn start_window(&self, connection: &Connection) -> Result<()>;

    /// Authenticates a connection for the first time, or extends that with a token of the same user
    /// that expires later.
    async fn authenticate(
        &self,
        connection: &ConnectionId,
        identity: Authenticated,
    ) -> Result<Authentication>;

    /// Initialises a connection, once, as this user's. [`Authentication::Already`] if it was initialised, or somebody
    /// else's token opened it.
    async fn initialise(
        &self,
        connection: &ConnectionId,
        identity: Authenticated,
    ) -> Result<Authentication>;

    /// All connections on which a user has authenticated. One that was opened a moment ago may be missing,
    /// and one that has just gone may be there.
    async fn connections_of(&self, user: UserId) -> Result<Vec<KnownConnection>>;

    /// Removes a connection that is gone, with all its subscriptions. Idempotent.
    async fn remove_connection(&self, connection: &ConnectionId) -> Result<()>;
}
