use std::collections::{HashMap, HashSet};

use domain::alert::{Alert, AlertId, AlertState, Crossed};
use domain::{Shard, UserId};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::Instant;

use super::ClaimAlerts;
use crate::Result;
use domain::PriceUpdate;

/// How many shards are read at a time.
const READS_IN_FLIGHT: usize = 16;

/// What this process has read of alerts. Of fired and failed ones it knows nothing: they cost nothing.
///
/// A shard is trusted only while its version is still the stored one. So a copy may say of an alert that
/// somebody else has claimed that it is armed; the claim, which is conditional, tells.
#[derive(Default)]
pub(super) struct AlertCache {
    shards: HashMap<Shard, CachedShard>,
    firing: HashMap<AlertId, Firing>,
    /// Until when the notification service is not asked, because it has just been found out of order.
    pub(super) down_until: Option<Instant>,
}

#[derive(Default)]
struct CachedShard {
    version: u64,
    armed: HashMap<UserId, Vec<Alert>>,
}

/// An alert whose user is still to be told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Firing {
    pub(super) alert: Alert,
    pub(super) crossed: Crossed,
    /// Whether this process has sent it to the user's connections.
    pub(super) is_pushed: bool,
    /// Whether this process has made the other ones read it.
    pub(super) is_renewed: bool,
    /// When to ask the notification service again, if it said so.
    pub(super) not_before: Option<Instant>,
}

impl Firing {
    pub(super) fn new(alert: Alert, crossed: Crossed) -> Self {
        Self {
            alert,
            crossed,
            is_pushed: false,
            is_renewed: false,
            not_before: None,
        }
    }
}

impl AlertCache {
    /// Reads the shards whose version is new to this process.
    pub(super) async fn refresh(
        &mut self,
        versions: &[(Shard, u64)],
        alerts: &dyn ClaimAlerts,
    ) -> Result<()> {
        let held = |shard| self.shards.get(shard).map_or(0, |held| held.version);
        let stale = versions
            .iter()
            .filter(|(shard, version)| held(shard) != *version);
        // The version was read before the shard: see docs/adr/0003-audience-versions.md.
        let read: Vec<_> = stream::iter(stale)
            .map(async |&(shard, version)| {
                let read = alerts.alerts_in(shard).await?;
                Ok::<_, crate::Error>((shard, version, read))
            })
            .buffer_unordered(READS_IN_FLIGHT)
            .try_collect()
            .await?;
        for (shard, version, alerts) in read {
            self.replace(shard, version, alerts);
        }
        Ok(())
    }

    fn replace(&mut self, shard: Shard, version: u64, alerts: Vec<Alert>) {
        let mut new = CachedShard {
            version,
            ..CachedShard::default()
        };
        let mut firing = HashMap::new();
        for alert in alerts {
            match alert.state {
                AlertState::Armed { .. } => new.armed.entry(alert.user_id).or_default().push(alert),
                AlertState::Firing(crossed) => {
                    let known = self.firing.remove(&alert.id);
                    let known = known.filter(|firing| firing.crossed == crossed);
                    let known = known.unwrap_or_else(|| Firing::new(alert, crossed));
                    firing.insert(alert.id, known);
                }
                AlertState::Fired(_) | AlertState::Failed(_) => {}
            }
        }
        self.firing
            .retain(|_, firing| Shard::of(firing.alert.user_id) != shard);
        self.firing.extend(firing);
        self.shards.insert(shard, new);
    }

    /// Which armed alerts a batch sets off: of several crossings the first.
    pub(super) fn crossings(&self, updates: &[PriceUpdate]) -> Vec<(Alert, Crossed)> {
        let mut first: HashMap<AlertId, (Alert, Crossed)> = HashMap::new();
        for update in updates {
            let (tick, price) = (update.tick, update.price);
            for alert in self.armed(update.user_id) {
                if alert.is_set_off_by(tick, update.previous, price) {
                    let found = (*alert, Crossed { tick, price });
                    let entry = first.entry(alert.id).or_insert(found);
                    if tick < entry.1.tick {
                        *entry = found;
                    }
                }
            }
        }
        first.into_values().collect()
    }

    fn armed(&self, user: UserId) -> &[Alert] {
        self.shards
            .get(&Shard::of(user))
            .and_then(|shard| shard.armed.get(&user))
            .map_or(&[], Vec::as_slice)
    }

    /// Holds an alert as armed no longer.
    pub(super) fn disarm(&mut self, alert: &Alert) {
        let shard = self.shards.get_mut(&Shard::of(alert.user_id));
        let Some(armed) = shard.map(|shard| &mut shard.armed) else {
            return;
        };
        if let Some(of_user) = armed.get_mut(&alert.user_id) {
            of_user.retain(|held| held.id != alert.id);
            if of_user.is_empty() {
                armed.remove(&alert.user_id);
            }
        }
    }

    /// Holds an alert as firing.
    pub(super) fn hold(&mut self, firing: Firing) {
        self.firing.insert(firing.alert.id, firing);
    }

    /// Holds an alert as firing no longer.
    pub(super) fn release(&mut self, id: AlertId) {
        self.firing.remove(&id);
    }

    /// The alerts of these shards that are firing.
    pub(super) fn firing_in(&self, shards: &[(Shard, u64)]) -> Vec<Firing> {
        let shards: HashSet<_> = shards.iter().map(|(shard, _)| *shard).collect();
        let firing = self.firing.values();
        firing
            .filter(|firing| shards.contains(&Shard::of(firing.alert.user_id)))
            .copied()
            .collect()
    }
}
