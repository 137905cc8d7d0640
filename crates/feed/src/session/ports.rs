use async_trait::async_trait;
use domain::UserId;

use super::{Protocol, Reply, Subscription, SubscriptionId};
use crate::Authenticated;
use crate::Result;
use crate::{ConnectionId, PushError};

/// A connection that has just been opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConnection {
    /// Its id.
    pub id: ConnectionId,
    /// The subprotocol that the client asked for; `None` if it asked for none.
    pub protocol: Option<Protocol>,
    /// When it was opened, in Unix milliseconds.
    pub connected_at_ms: u64,
    /// Who opened it, if the request carried a token.
    pub identity: Option<Authenticated>,
}

/// An open connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// When it was opened, in Unix milliseconds.
    pub connected_at_ms: u64,
    /// What is spoken on it.
    pub protocol: Protocol,
    /// Whether it was initialised, where the protocol wants that.
    pub is_initialised: bool,
    /// Who authenticated on it, and until when.
    pub identity: Option<Authenticated>,
    /// The messages that it has sent, ever.
    pub messages: u64,
    /// When the present window of counting began, in Unix milliseconds.
    pub window_start_ms: u64,
    /// How many messages it had sent by then.
    pub window_base: u64,
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

/// What became of an attempt to add a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is stored.
    Stored,
    /// The connection has one with this id.
    Duplicate,
    /// The connection has as many as it may have.
    TooMany,
    /// There is no such connection any more.
    NoConnection,
    /// The client has ended it already: its message came first.
    Ended,
}

/// Stores connections as they are opened.
#[async_trait]
pub trait StoreConnection: Send + Sync {
    /// Stores a connection. Without an identity it is also put where connections that never
    /// authenticate are found when their time is over.
    async fn store_connection(&self, connection: &NewConnection) -> Result<()>;
}

/// Keeps what the server knows about an open connection.
#[async_trait]
pub trait HoldConnection: Send + Sync {
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
}

/// Keeps the subscriptions of connections.
#[async_trait]
pub trait StoreSubscriptions: Send + Sync {
    /// Stores a subscription, all or nothing. Once this has returned, every fan-out that begins to look
    /// for its audience finds it. `user` is who [`super::Watch::Me`] is.
    async fn add_subscription(
        &self,
        connection: &Connection,
        user: UserId,
        subscription: &Subscription,
    ) -> Result<Added>;

    /// Removes a subscription; false if there is none with this id.
    async fn remove_subscription(
        &self,
        connection: &ConnectionId,
        id: &SubscriptionId,
    ) -> Result<bool>;

    /// Notes that the client has ended what it asks for under this id, for a few seconds from `now_ms` (milliseconds since
    /// the Unix epoch) on: what is added under the id meanwhile is [`Added::Ended`] if it is an operation's.
    async fn note_end(
        &self,
        connection: &ConnectionId,
        id: &SubscriptionId,
        now_ms: u64,
    ) -> Result<()>;

    /// Takes such a note away, if there is one.
    async fn clear_end(&self, connection: &ConnectionId, id: &SubscriptionId) -> Result<()>;

    /// All subscriptions of a connection, by id.
    async fn subscriptions(&self, connection: &ConnectionId) -> Result<Vec<Subscription>>;
}

/// Looks users up.
#[async_trait]
pub trait FindUsers: Send + Sync {
    /// Those of the users that don't exist, in the order given.
    async fn unknown_users(&self, users: &[UserId]) -> Result<Vec<UserId>>;

    /// All users, in no order; `None` if there are more than `limit`.
    async fn all_users(&self, limit: usize) -> Result<Option<Vec<UserId>>>;
}

/// One text message as it goes to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message(pub String);

/// Sends replies. The last message of the last reply travels as the response to the client's message
/// instead, which costs nothing.
#[async_trait]
pub trait SendReplies: Send + Sync {
    /// Sends one reply, in as many messages as it needs.
    async fn send(&self, connection: &ConnectionId, reply: &Reply) -> Result<(), PushError>;

    /// Sends all messages of a reply but the last, and returns that, if the reply takes any message.
    async fn send_all_but_last(
        &self,
        connection: &ConnectionId,
        reply: &Reply,
    ) -> Result<Option<Message>, PushError>;

    /// Closes the connection; one that is gone already is no error.
    async fn disconnect(&self, connection: &ConnectionId) -> Result<(), PushError>;
}
