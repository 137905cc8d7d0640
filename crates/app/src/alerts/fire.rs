use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::alert::{Alert, Crossed};
use domain::{PriceUpdate, Shard};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::cache::{AlertCache, Firing};
use super::tell::{Outcome, Teller};
use super::{AlertReport, Claim, ClaimAlerts};
use crate::Result;
use crate::notifications::SendNotification;
use crate::users::{EraseUser, FindProfile};
use feed::EventDispatcher;

/// Claims at a time.
const CLAIMS_IN_FLIGHT: usize = 32;
/// How long the notification service is left alone that was found out of order: it is tried once a tick, however
/// many batches that has.
const DOWN_TIME: Duration = Duration::from_secs(4);

/// Everything that firing alerts needs from outside.
#[derive(Clone)]
pub struct AlertPorts {
    /// Where alerts are.
    pub alerts: Arc<dyn ClaimAlerts>,
    /// Removes the alerts of users who no longer exist.
    pub eraser: Arc<dyn EraseUser>,
    /// Who is told.
    pub profiles: Arc<dyn FindProfile>,
    /// By email or text message.
    pub notifications: Arc<dyn SendNotification>,
    /// And on their connections.
    pub dispatcher: Arc<EventDispatcher>,
}

/// Finds alerts whose threshold a batch of prices crosses, and tells their users. Kept for the life of the
/// process, since it remembers alerts.
pub struct FireAlerts {
    ports: AlertPorts,
    cache: Mutex<AlertCache>,
}

impl FireAlerts {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new(ports: AlertPorts) -> Self {
        Self {
            ports,
            cache: Mutex::default(),
        }
    }

    /// Fires what a batch of prices, in any order, sets off, and takes up what fires in its shards.
    /// `versions` are the shards that the batch touches and that have had alerts, with the versions of these
    /// as they were read after the batch came; `now_ms` is the present instant in Unix milliseconds.
    ///
    /// Takes a few seconds at most: users who can't be told by then, or not now, are told after the next
    /// batch.
    ///
    /// # Errors
    /// If alerts can't be read or claimed. The batch has to come again then: no crossing is lost, and
    /// nobody is notified twice.
    pub async fn fire(
        &self,
        updates: &[PriceUpdate],
        versions: &[(Shard, u64)],
        now_ms: u64,
    ) -> Result<AlertReport> {
        let mut report = AlertReport::default();
        if versions.is_empty() {
            return Ok(report);
        }
        let mut cache = self.cache.lock().await;
        cache.refresh(versions, &*self.ports.alerts).await?;
        let known = cache.firing_in(versions);
        let crossings = cache.crossings(updates);
        report.taken_up = known.len();
        for (alert, crossed, claim) in self.claim(crossings).await? {
            cache.disarm(&alert);
            match claim {
                Claim::Won => {
                    report.claimed += 1;
                    cache.hold(Firing::new(alert, crossed));
                }
                Claim::Firing(earlier) => {
                    report.taken_up += 1;
                    cache.hold(Firing::new(alert, earlier));
                }
                Claim::Lost => {}
            }
        }
        let firing = cache.firing_in(versions);
        let is_down = cache.down_until.is_some_and(|until| until > Instant::now());
        let teller = Teller::new(&self.ports, now_ms, is_down);
        let told = teller.tell(firing).await;
        if teller.found_it_down() {
            cache.down_until = Some(Instant::now() + DOWN_TIME);
        }
        self.conclude(&mut cache, told, &mut report).await?;
        self.ports.dispatcher.remove_ended().await;
        Ok(report)
    }

    async fn claim(
        &self,
        crossings: Vec<(Alert, Crossed)>,
    ) -> Result<Vec<(Alert, Crossed, Claim)>> {
        stream::iter(crossings)
            .map(async |(alert, crossed)| {
                let claim = self.ports.alerts.claim_alert(&alert, crossed).await?;
                Ok((alert, crossed, claim))
            })
            .buffer_unordered(CLAIMS_IN_FLIGHT)
            .try_collect()
            .await
    }

    /// Remembers what still fires, and makes other processes see that: the next batch may be theirs.
    async fn conclude(
        &self,
        cache: &mut AlertCache,
        told: Vec<(Firing, Outcome, usize)>,
        report: &mut AlertReport,
    ) -> Result<()> {
        let mut unseen = BTreeSet::new();
        let mut waiting = Vec::new();
        for (firing, outcome, pushed) in told {
            report.pushed += pushed;
            match outcome {
                Outcome::Notified => report.notified += 1,
                Outcome::Unwanted => report.unwanted += 1,
                Outcome::Failed => report.failed += 1,
                Outcome::Departed => report.departed += 1,
                Outcome::Overtaken => {}
                Outcome::Waiting => {
                    report.waiting += 1;
                    if !firing.is_renewed {
                        unseen.insert(Shard::of(firing.alert.user_id));
                    }
                    cache.hold(firing);
                    waiting.push(firing);
                    continue;
                }
            }
            cache.release(firing.alert.id);
        }
        if unseen.is_empty() {
            return Ok(());
        }
        let shards: Vec<_> = unseen.into_iter().collect();
        self.ports.alerts.renew_alerts(&shards).await?;
        for mut firing in waiting {
            firing.is_renewed = true;
            cache.hold(firing);
        }
        Ok(())
    }
}
