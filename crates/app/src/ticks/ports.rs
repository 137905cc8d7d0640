use std::sync::Arc;

use async_trait::async_trait;
use domain::market::Summary;
use domain::{PriceUpdate, Tick, UserId};

use crate::Result;
use feed::{Clock, ConnectionId, Connections, KnownConnection, Push};

/// A user who has registered and whose `user.registered` event is still to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The user.
    pub user_id: UserId,
    /// The name given at registration.
    pub name: String,
    /// When, in milliseconds since the Unix epoch.
    pub registered_at_ms: u64,
}

/// What a batch came to once every record of it was acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Published {
    /// Records acknowledged.
    pub records: u64,
    /// Their keys and values, in bytes before compression.
    pub bytes: u64,
}

/// Publishes what a tick brings.
#[async_trait]
pub trait PublishTicks: Send + Sync {
    /// Makes sure that the broker can be reached, so that the first tick doesn't pay for connecting.
    async fn connect(&self) -> Result<()>;

    /// An empty batch with room for about this many price updates.
    fn batch(&self, updates: usize) -> Box<dyn Batch>;
}

/// Records that are encoded already, so that publishing costs as little as possible.
#[async_trait]
pub trait Batch: Send {
    /// Adds a price update.
    fn price(&mut self, update: &PriceUpdate);

    /// Adds a market summary.
    fn summary(&mut self, summary: &Summary);

    /// Adds the event that a user has registered.
    fn registration(&mut self, registration: &Registration);

    /// Publishes every record and returns when all are acknowledged. The batch keeps its records: after a
    /// failure it can be published again, and what had arrived the first time arrives twice.
    async fn publish(&mut self) -> Result<Published>;
}

/// Reads who is a shareholder.
#[async_trait]
pub trait ReadRoster: Send + Sync {
    /// Everybody who registered at or after this instant (0 is everybody), in milliseconds since the Unix
    /// epoch. Eventually consistent: the newest may be missing.
    async fn roster(&self, since_ms: u64) -> Result<Vec<UserId>>;

    /// Who was deleted at or after this instant, in milliseconds since the Unix epoch, as far back as deletions
    /// are remembered: longer than any process lives. Eventually consistent: the newest may be missing.
    async fn deleted(&self, since_ms: u64) -> Result<Vec<UserId>>;
}

/// The right to drive the ticks.
#[async_trait]
pub trait Lease: Send + Sync {
    /// Takes the ticks over, whoever has them. Returns the last tick that was finished, if any ever was.
    async fn take_over(&self, owner: &str) -> Result<Option<Tick>>;

    /// Whether this owner still has the ticks.
    async fn still_held(&self, owner: &str) -> Result<bool>;

    /// Records that a tick is finished. `false`, and nothing recorded, if another owner has taken over.
    async fn finish(&self, owner: &str, tick: Tick) -> Result<bool>;
}

/// Who has come and gone lately.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Who has registered and is yet to be announced.
    pub registrations: Vec<Registration>,
    /// Who was deleted: for a minute at least, and until they are erased.
    pub deleted: Vec<UserId>,
}

/// Users who have registered and are yet to be announced, and users who were deleted.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Who is waiting. Eventually consistent: it may lack the newest and still show somebody cleared, or
    /// registered who was deleted since.
    async fn waiting(&self) -> Result<Waiting>;

    /// Takes users who were announced off the outbox. Idempotent; after a failure some may still be on it.
    async fn clear(&self, users: &[UserId]) -> Result<()>;
}

/// What a connection is due for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// To be closed: nobody has authenticated on it in time.
    Close,
    /// To be pinged: nothing else may be said on it for long.
    Ping,
}

/// A connection that has to be looked after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueConnection {
    /// Which.
    pub connection: KnownConnection,
    /// How.
    pub duty: Duty,
}

/// Finds connections that have to be looked after.
#[async_trait]
pub trait WatchConnections: Send + Sync {
    /// Connections that, read consistently, were due at or before this instant (milliseconds since the Unix epoch).
    async fn due(&self, now_ms: u64) -> Result<Vec<DueConnection>>;

    /// Has a connection due again at `until_ms` (milliseconds since the Unix epoch), if it is there.
    async fn postpone(&self, connection: &ConnectionId, until_ms: u64) -> Result<()>;
}

/// Everything that driving the ticks needs from outside.
#[derive(Clone)]
pub struct Ports {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Where prices, summaries and registrations go.
    pub publisher: Arc<dyn PublishTicks>,
    /// Who is a shareholder.
    pub roster: Arc<dyn ReadRoster>,
    /// Who drives the ticks.
    pub lease: Arc<dyn Lease>,
    /// Who has newly registered.
    pub outbox: Arc<dyn Outbox>,
    /// Connections that never authenticated.
    pub connections: Arc<dyn WatchConnections>,
    /// Where connections are removed.
    pub feed: Arc<dyn Connections>,
    /// How connections are told, and closed.
    pub push: Arc<dyn Push>,
}
