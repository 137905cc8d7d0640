use std::collections::{HashMap, HashSet};
use std::time::Duration;

use domain::{Tick, UserId};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tracing::{info, warn};

use super::drive::ROSTER_OVERLAP_MS;
use super::ports::{Ports, Registration};
use super::ticker::Newcomers;
use crate::{Causes, Error, Result};

/// From one look at the outbox to the next: twice a second and more, to announce within the second.
const OUTBOX_PERIOD_MS: u64 = 400;
/// From one look at the roster to the next, right after a takeover: the previous owner may have announced
/// somebody whom this one hasn't met.
const ROSTER_PERIOD_AT_FIRST_MS: u64 = 1_000;
/// How long that lasts: until the previous owner has surely noticed, and indexes have caught up.
const AT_FIRST_MS: u64 = 15_000;
/// From one look at the roster to the next after that.
const ROSTER_PERIOD_MS: u64 = 10_000;
/// Longer than this, storage is not waited for: the next look is due.
const STORAGE_TIMEOUT: Duration = Duration::from_secs(2);

/// Announces newly registered users and tells the ticker about them.
pub(super) struct Relay<'a> {
    ports: &'a Ports,
    newcomers: mpsc::Sender<Newcomers>,
    /// Before this instant the previous owner still announces.
    announce_from_ms: u64,
    frequent_until_ms: u64,
    roster_due_ms: u64,
    /// Users announced by this run that the outbox still shows, and whether they were cleared from it: its
    /// index follows with a delay.
    announced: HashMap<UserId, bool>,
}

impl<'a> Relay<'a> {
    pub(super) fn new(
        ports: &'a Ports,
        last: Tick,
        is_handover: bool,
        newcomers: mpsc::Sender<Newcomers>,
    ) -> Self {
        let now_ms = ports.clock.now_ms();
        let handed_over_ms = last.next().starts_at_ms();
        Self {
            ports,
            newcomers,
            announce_from_ms: if is_handover { handed_over_ms } else { now_ms },
            frequent_until_ms: now_ms + AT_FIRST_MS,
            roster_due_ms: now_ms + ROSTER_PERIOD_AT_FIRST_MS,
            announced: HashMap::new(),
        }
    }

    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        loop {
            let started_ms = self.ports.clock.now_ms();
            if started_ms >= self.announce_from_ms
                && let Err(error) = self.announce(&stopped).await
            {
                warn!(
                    error = %Causes(&error),
                    "newcomers not announced, retrying"
                );
            }
            if started_ms >= self.roster_due_ms
                && let Err(error) = self.compare_roster(started_ms).await
            {
                warn!(
                    error = %Causes(&error),
                    "roster not compared, retrying"
                );
            }
            tokio::select! {
                () = self.ports.clock.sleep_until(started_ms + OUTBOX_PERIOD_MS) => {}
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
    }

    async fn announce(&mut self, stopped: &watch::Receiver<bool>) -> Result<()> {
        let waiting = in_time(self.ports.outbox.waiting()).await?;
        let shown: HashSet<UserId> = waiting.iter().map(|r| r.user_id).collect();
        self.announced.retain(|user_id, _| shown.contains(user_id));
        let fresh: Vec<&Registration> = waiting
            .iter()
            .filter(|r| !self.announced.contains_key(&r.user_id))
            .collect();
        if !fresh.is_empty() && !*stopped.borrow() {
            self.publish(&fresh).await?;
        }
        self.clear().await
    }

    async fn publish(&mut self, fresh: &[&Registration]) -> Result<()> {
        let mut batch = self.ports.publisher.batch(0);
        for registration in fresh {
            batch.registration(registration);
        }
        let published = batch.publish().await?;
        let users: Vec<UserId> = fresh.iter().map(|r| r.user_id).collect();
        let now_ms = self.ports.clock.now_ms();
        let oldest_ms = fresh
            .iter()
            .map(|r| now_ms.saturating_sub(r.registered_at_ms))
            .max();
        info!(
            records = published.records,
            oldest_ms, "newcomers announced"
        );
        self.announced
            .extend(users.iter().map(|user_id| (*user_id, false)));
        self.tell(Newcomers::Announced(users)).await;
        Ok(())
    }

    async fn clear(&mut self) -> Result<()> {
        let uncleared: Vec<UserId> = self
            .announced
            .iter()
            .filter(|(_, cleared)| !**cleared)
            .map(|(id, _)| *id)
            .collect();
        if uncleared.is_empty() {
            return Ok(());
        }
        in_time(self.ports.outbox.clear(&uncleared)).await?;
        self.announced
            .extend(uncleared.into_iter().map(|user_id| (user_id, true)));
        Ok(())
    }

    async fn compare_roster(&mut self, now_ms: u64) -> Result<()> {
        let since_ms = now_ms.saturating_sub(ROSTER_OVERLAP_MS);
        let users = in_time(self.ports.roster.roster(since_ms)).await?;
        let at_first = now_ms < self.frequent_until_ms;
        let period_ms = if at_first {
            ROSTER_PERIOD_AT_FIRST_MS
        } else {
            ROSTER_PERIOD_MS
        };
        self.roster_due_ms = now_ms + period_ms;
        if !users.is_empty() {
            self.tell(Newcomers::OnRoster(users)).await;
        }
        Ok(())
    }

    async fn tell(&self, newcomers: Newcomers) {
        if self.newcomers.send(newcomers).await.is_err() {
            // The run is over; whoever drives next finds them on the roster.
            info!("newcomers left to the next owner");
        }
    }
}

pub(super) async fn in_time<T>(storage: impl Future<Output = Result<T>>) -> Result<T> {
    match timeout(STORAGE_TIMEOUT, storage).await {
        Ok(result) => result,
        Err(elapsed) => Err(Error::Unavailable {
            what: "storage",
            source: Box::new(elapsed),
        }),
    }
}
