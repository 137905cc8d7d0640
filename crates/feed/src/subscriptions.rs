use async_trait::async_trait;
use domain::UserId;

use crate::audience::{AudienceEntry, AudienceShard, Versions};
use crate::connection::{Connection, ConnectionId};
use crate::error::Result;
use crate::operation::{Operation, OperationKey};
use crate::subscription::{Subscription, SubscriptionId};

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

/// The subscriptions of connections, the audience that they make up, and the operations that they execute.
#[async_trait]
pub trait Subscriptions: Send + Sync {
    /// Stores a subscription that is not live yet: it takes its id and counts, but no fan-out finds it.
    async fn add_subscription(
        &self,
        connection: &Connection,
        subscription: &Subscription,
    ) -> Result<Added>;

    /// Enters a stored subscription in the audience, from its `live_from` on. Once this has returned, every fan-out that
    /// begins to look for its audience finds it; before that, some may. `user` is who [`Watch::Me`] is. False, and
    /// nothing is entered, if the subscription or its connection has been removed. After an error it may be entered in
    /// part: remove it.
    async fn go_live(
        &self,
        connection: &Connection,
        user: UserId,
        subscription: &Subscription,
    ) -> Result<bool>;

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

    /// Stores an operation, or makes sure that one that is stored stays for as long as a connection may last from
    /// `now_ms` (milliseconds since the Unix epoch) on.
    async fn store_operation(&self, operation: &Operation, now_ms: u64) -> Result<()>;

    /// Those of the operations that are stored, in no order.
    async fn find_operations(&self, keys: &[OperationKey]) -> Result<Vec<Operation>>;

    /// The version of each shard, strongly consistent, and with those of users the versions of their alerts,
    /// which cost nothing more.
    /// A version changes after each change to its shard and before the change is acknowledged, so versions
    /// must be read before the shards that they vouch for: `docs/adr/0003-audience-versions.md`.
    async fn versions(&self, shards: &[AudienceShard]) -> Result<Versions>;

    /// Everything in one shard that has not expired, strongly consistent.
    async fn audience(&self, shard: AudienceShard) -> Result<Vec<AudienceEntry>>;
}
