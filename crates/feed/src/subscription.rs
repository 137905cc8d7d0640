use std::collections::HashSet;
use std::fmt;

use async_trait::async_trait;
use domain::{Tick, UserId};

use crate::audience::{AudienceEntry, AudienceShard, Versions};
use crate::connection::{Connection, ConnectionId};
use crate::error::Result;
use crate::limits::{MAX_EVERY, MAX_ID_CHARS, MAX_USERS};
use crate::operation::{LiveOperation, Operation, OperationKey};
use crate::refusal::Refusal;

/// The id of a subscription: chosen by the client, unique within its connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubscriptionId(String);

impl SubscriptionId {
    /// Reads an id of 1 to 64 printable characters.
    ///
    /// # Errors
    /// [`Refusal::InvalidSubscription`] that says what would be right.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let printable = text.chars().all(|c| !c.is_control());
        if text.is_empty() || text.chars().count() > MAX_ID_CHARS || !printable {
            return Err(Refusal::InvalidSubscription(format!(
                "id must have 1 to {MAX_ID_CHARS} printable characters"
            )));
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as the client wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a client wants to watch, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watch {
    /// These users, in the client's order.
    Users(Vec<UserId>),
    /// The user whose token the connection was authenticated with.
    Me,
    /// Market summaries.
    Market,
    /// All users, also those who register later.
    Everyone,
    /// Registrations of users.
    Registrations,
    /// Snapshots of the user's own, once they are saved.
    Snapshots,
    /// Alerts of the user's own, when they fire.
    Alerts,
    /// Nothing: the id is taken by an operation that is executed once.
    Nothing,
}

impl Watch {
    /// Whether what is watched comes with ticks.
    #[must_use]
    pub const fn has_ticks(&self) -> bool {
        match self {
            Self::Users(_) | Self::Me | Self::Market | Self::Everyone => true,
            Self::Registrations | Self::Snapshots | Self::Alerts | Self::Nothing => false,
        }
    }

    /// Some users by id.
    ///
    /// # Errors
    /// [`Refusal::InvalidSubscription`] unless there are 1 to 100, each once.
    pub fn users(users: Vec<UserId>) -> Result<Self, Refusal> {
        if users.is_empty() || users.len() > MAX_USERS {
            return Err(Refusal::InvalidSubscription(format!(
                "users must name 1 to {MAX_USERS} users, not {}",
                users.len()
            )));
        }
        let mut seen = HashSet::with_capacity(users.len());
        if let Some(twice) = users.iter().find(|user| !seen.insert(**user)) {
            return Err(Refusal::InvalidSubscription(format!(
                "users names {twice} twice"
            )));
        }
        Ok(Self::Users(users))
    }
}

/// A subscription as a client asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionRequest {
    /// Its id.
    pub id: SubscriptionId,
    /// What to watch.
    pub watch: Watch,
    /// The last tick that the client has, if it wants those after it.
    pub since: Option<Tick>,
    /// Only ticks that this divides.
    pub every: u32,
    /// What is executed for each event; `None` for the raw feed.
    pub operation: Option<LiveOperation>,
}

impl SubscriptionRequest {
    /// A request that keeps the rules. `every` is 1 unless the client says otherwise.
    ///
    /// # Errors
    /// [`Refusal::InvalidSubscription`] unless `every` is 1 to 720, or if something that belongs to no tick
    /// shall come since one or every so many.
    pub fn new(
        id: SubscriptionId,
        watch: Watch,
        since: Option<Tick>,
        every: Option<u64>,
    ) -> Result<Self, Refusal> {
        if !watch.has_ticks() && (since.is_some() || every.is_some()) {
            return Err(Refusal::InvalidSubscription(
                "registrations have no ticks: leave out since and every".to_owned(),
            ));
        }
        let every = match every {
            None => 1,
            Some(every) => u32::try_from(every)
                .ok()
                .filter(|every| (1..=MAX_EVERY).contains(every))
                .ok_or_else(|| {
                    Refusal::InvalidSubscription(format!("every must be 1 to {MAX_EVERY}"))
                })?,
        };
        Ok(Self {
            id,
            watch,
            since,
            every,
            operation: None,
        })
    }
}

/// A subscription as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// What it watches.
    pub watch: Watch,
    /// Only ticks that this divides are sent.
    pub every: u32,
    /// The first tick that is sent live.
    pub live_from: Tick,
    /// What is executed for each event; `None` for the raw feed.
    pub operation: Option<LiveOperation>,
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
