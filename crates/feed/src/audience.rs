use std::collections::HashMap;

use domain::{Shard, Tick, UserId};

use crate::connection::ConnectionId;
use crate::operation::LiveOperation;
use crate::subscription::SubscriptionId;

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
pub enum Interest {
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
    pub interest: Interest,
    /// The first tick that the fan-out sends; earlier ones were replayed.
    pub live_from: Tick,
    /// Only ticks that this divides are sent; 1 is every tick.
    pub every: u32,
    /// What is executed for each event; `None` for the raw feed.
    pub operation: Option<LiveOperation>,
}

/// The versions of the alerts of shards, without those that never had any.
pub type AlertVersions = Vec<(Shard, u64)>;

/// Versions of parts of the audience; what was never written has version 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    /// Of the shards that were asked for.
    pub shards: HashMap<AudienceShard, u64>,
    /// Of the alerts of the users of those shards.
    pub alerts: AlertVersions,
}

impl FromIterator<(AudienceShard, u64)> for Versions {
    fn from_iter<I: IntoIterator<Item = (AudienceShard, u64)>>(versions: I) -> Self {
        Self {
            shards: versions.into_iter().collect(),
            alerts: Vec::new(),
        }
    }
}
