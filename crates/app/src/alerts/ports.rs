use async_trait::async_trait;
use domain::alert::{Alert, AlertId, Crossed};
use domain::{Shard, Tick, UserId};

use crate::Result;

/// Keeps the alerts of users.
#[async_trait]
pub trait KeepAlerts: Send + Sync {
    /// Stores an alert; false, and nothing stored, if its user has [`Alert::MAX_PER_USER`]. Once this has
    /// returned, every fan-out that begins to look for alerts finds it.
    async fn add_alert(&self, alert: &Alert) -> Result<bool>;

    /// All alerts of a user, the oldest first.
    async fn alerts_of(&self, user: UserId) -> Result<Vec<Alert>>;

    /// One alert of a user, if they have it.
    async fn find_alert(&self, user: UserId, id: AlertId) -> Result<Option<Alert>>;

    /// Removes an alert; false if the user has none with this id.
    async fn remove_alert(&self, user: UserId, id: AlertId) -> Result<bool>;

    /// Arms an alert that has fired or failed, for crossings from this tick on, and gives it as it is then;
    /// one that is armed or firing stays as it is. `None` if the user has none with this id.
    async fn arm_alert(&self, user: UserId, id: AlertId, from: Tick) -> Result<Option<Alert>>;
}

/// What became of an attempt to claim a crossing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is ours.
    Won,
    /// The alert is firing already, for this crossing or for another one: whoever claimed it may have
    /// crashed.
    Firing(Crossed),
    /// The alert is gone, has fired, or is armed for later ticks only.
    Lost,
}

/// How a firing alert ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Its user has been told.
    Fired,
    /// Its user could not be told.
    Failed,
}

/// Finds, claims and settles alerts as the fan-out needs it.
#[async_trait]
pub trait ClaimAlerts: Send + Sync {
    /// The alerts of a shard that are armed or firing, strongly consistent.
    async fn alerts_in(&self, shard: Shard) -> Result<Vec<Alert>>;

    /// Makes an armed alert fire for this crossing, unless it is no longer armed for its tick.
    async fn claim_alert(&self, alert: &Alert, crossed: Crossed) -> Result<Claim>;

    /// Ends an alert that fires for this crossing; false, and nothing changed, if it no longer does.
    async fn settle_alert(&self, alert: &Alert, crossed: Crossed, end: Settled) -> Result<bool>;

    /// Makes every fan-out that keeps the alerts of these shards read them again.
    async fn renew_alerts(&self, shards: &[Shard]) -> Result<()>;
}
