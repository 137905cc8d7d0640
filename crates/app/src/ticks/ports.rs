use std::sync::Arc;

use async_trait::async_trait;
use domain::{Tick, UserId};

use crate::Result;
use crate::publisher::TickPublisher;
use crate::snapshots::Snapshots;
use feed::{Clock, ConnectionId, Connections, KnownConnection, Push, TrackDelivery};

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

/// Users who have registered or were deleted, and whom this is still to be told of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutboxEntries {
    /// Who has registered and is yet to be announced.
    pub registrations: Vec<Registration>,
    /// Who was deleted: for a minute at least, and until they are erased.
    pub deleted: Vec<UserId>,
}

/// What a connection is due for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueAction {
    /// To be closed: nobody has authenticated on it in time.
    Close,
    /// To be pinged: nothing else may be said on it for long.
    Ping,
}

/// A connection that is due to be closed or pinged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueConnection {
    /// Which.
    pub connection: KnownConnection,
    /// What for.
    pub action: DueAction,
}

/// What driving the ticks reads and writes: the roster of shareholders, the lease on the ticks, the outbox and the
/// connections that are due.
#[async_trait]
pub trait TickStore: Send + Sync {
    /// Everybody who registered at or after this instant (0 is everybody), in milliseconds since the Unix
    /// epoch. Eventually consistent: the newest may be missing.
    async fn roster(&self, since_ms: u64) -> Result<Vec<UserId>>;

    /// Who was deleted at or after this instant, in milliseconds since the Unix epoch, as far back as deletions
    /// are remembered: longer than any process lives. Eventually consistent: the newest may be missing.
    async fn deleted(&self, since_ms: u64) -> Result<Vec<UserId>>;

    /// Takes the lease over, whoever has it. Returns the last tick that was finished, if any ever was.
    async fn take_over(&self, owner: &str) -> Result<Option<Tick>>;

    /// Whether this owner still has the lease.
    async fn is_owner(&self, owner: &str) -> Result<bool>;

    /// Records that a tick is finished. `false`, and nothing recorded, if another owner has taken over.
    async fn finish_tick(&self, owner: &str, tick: Tick) -> Result<bool>;

    /// Who is on the outbox. Eventually consistent: it may lack the newest and still show somebody cleared, or
    /// registered who was deleted since.
    async fn outbox(&self) -> Result<OutboxEntries>;

    /// Takes users who were announced off the outbox. Idempotent; after a failure some may still be on it.
    async fn clear_outbox(&self, users: &[UserId]) -> Result<()>;

    /// Connections that, read consistently, were due at or before this instant (milliseconds since the Unix epoch).
    async fn due_connections(&self, now_ms: u64) -> Result<Vec<DueConnection>>;

    /// Has a connection due again at `until_ms` (milliseconds since the Unix epoch), if it is there.
    async fn postpone_connection(&self, connection: &ConnectionId, until_ms: u64) -> Result<()>;
}

/// Everything that driving the ticks needs from outside.
#[derive(Clone)]
pub struct Ports {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Where prices, summaries, registrations and snapshots go.
    pub publisher: Arc<dyn TickPublisher>,
    /// Roster, lease, outbox and due connections.
    pub store: Arc<dyn TickStore>,
    /// Snapshots that were asked for.
    pub snapshots: Arc<dyn Snapshots>,
    /// Where connections are removed.
    pub feed: Arc<dyn Connections>,
    /// Where it is kept what was published.
    pub progress: Arc<dyn TrackDelivery>,
    /// How connections are told, and closed.
    pub push: Arc<dyn Push>,
}
