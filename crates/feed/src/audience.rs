use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use domain::{Shard, Tick, UserId};

use super::LiveOperation;
use super::session::SubscriptionId;
use crate::Result;

/// The id that API Gateway gives a WebSocket connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub Arc<str>);

/// A part of the audience that is stored, read and versioned together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AudienceShard {
    /// Who listens to users of this shard by name.
    Users(Shard),
    /// Who listens to all users (`*`), spread over 8 shards by connection.
    AllUsers(u8),
    /// Who listens to market summaries, spread over 8 shards by connection.
    Market(u8),
    /// Who listens to registrations, spread over 8 shards by connection.
    Registrations(u8),
    /// Who listens to what concerns this user alone. It has no version: whoever wants it reads it.
    Own(UserId),
}

impl AudienceShard {
    /// How many shards the listeners to all users are spread over, and those to the market, and those to
    /// registrations.
    pub const LISTENER_SHARDS: u8 = 8;
}

/// What an entry listens to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// These users, all of the entry's shard.
    Users(Vec<UserId>),
    /// Every user.
    AllUsers,
    /// Market summaries.
    Market,
    /// Registrations.
    Registrations,
    /// Snapshots of the shard's user that are saved.
    Snapshots,
    /// Alerts of the shard's user that fire.
    Alerts,
}

/// One subscription of one connection, as far as one shard is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudienceEntry {
    /// Where the frames go.
    pub connection: ConnectionId,
    /// The subscription's id, chosen by the client, unique within the connection.
    pub subscription: SubscriptionId,
    /// What it listens to.
    pub topic: Topic,
    /// The first tick that the fan-out sends; earlier ones were replayed.
    pub live_from: Tick,
    /// Only ticks that this divides are sent; 1 is every tick.
    pub every: u32,
    /// What is executed for each event; `None` for the raw feed.
    pub operation: Option<LiveOperation>,
}

/// Versions of parts of the audience; what was never written has version 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    /// Of the shards that were asked for.
    pub shards: HashMap<AudienceShard, u64>,
    /// Of the alerts of the users of those shards, without those that never had any.
    pub alerts: Vec<(Shard, u64)>,
}

impl FromIterator<(AudienceShard, u64)> for Versions {
    fn from_iter<I: IntoIterator<Item = (AudienceShard, u64)>>(versions: I) -> Self {
        Self {
            shards: versions.into_iter().collect(),
            alerts: Vec::new(),
        }
    }
}

/// Reads the audience as the fan-out needs it.
#[async_trait]
pub trait ReadAudience: Send + Sync {
    /// The version of each shard, strongly consistent, and with those of users the versions of their alerts,
    /// which cost nothing more.
    /// A version changes after each change to its shard and before the change is acknowledged, so versions
    /// must be read before the shards that they vouch for: `docs/adr/0003-audience-versions.md`.
    async fn versions(&self, shards: &[AudienceShard]) -> Result<Versions>;

    /// Everything in one shard that has not expired, strongly consistent.
    async fn audience(&self, shard: AudienceShard) -> Result<Vec<AudienceEntry>>;

    /// Removes a connection that is gone, with all its subscriptions. Idempotent.
    async fn remove_connection(&self, connection: &ConnectionId) -> Result<()>;
}

/// Why a message could not be sent to a connection.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The connection no longer exists (410).
    #[error("the connection is gone")]
    Gone,
    /// The account's rate or the client's buffer is exhausted (429), after retries.
    #[error("the connection is throttled")]
    Throttled,
    /// Any other failure, after retries.
    #[error("the message could not be sent")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Sends messages to open WebSocket connections.
#[async_trait]
pub trait PushMessages: Send + Sync {
    /// Sends one text message of at most 128 KB (32 KB is what one billing unit and one frame hold).
    /// Retries throttling and faults with jitter for at most `budget`.
    async fn push(
        &self,
        connection: &ConnectionId,
        body: &[u8],
        budget: std::time::Duration,
    ) -> Result<(), PushError>;

    /// Closes a connection; one that is gone already is no error.
    async fn disconnect(&self, connection: &ConnectionId) -> Result<(), PushError>;
}
