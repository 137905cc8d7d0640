use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::{Tick, UserId};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tracing::{info, warn};

use super::outbox::PublishedEntries;
use super::ports::{OutboxEntries, Ports, Registration};
use super::ticker::RosterChange;
use crate::{Causes, Error, Result};

/// How far back the roster is read again: its index is eventually consistent, and a registration takes a
/// moment from its id to its storage.
pub(super) const ROSTER_OVERLAP_MS: u64 = 120_000;
/// From one look at the outbox to the next: twice a second and more, to publish within the second.
pub(super) const OUTBOX_PERIOD_MS: u64 = 400;
/// From one look at the roster to the next, right after a takeover: the previous owner may have announced
/// somebody whom this one hasn't met.
const ROSTER_PERIOD_AT_FIRST_MS: u64 = 1_000;
/// How long that lasts: until the previous owner has surely noticed, and indexes have caught up.
const AT_FIRST_MS: u64 = 15_000;
/// From one look at the roster to the next after that.
const ROSTER_PERIOD_MS: u64 = 10_000;
/// Longer than this, storage is not waited for: the next look is due.
const STORAGE_TIMEOUT: Duration = Duration::from_secs(2);

/// Announces newly registered users and tells the ticker about them, and about users who were deleted.
pub(super) struct Relay<'a> {
    ports: &'a Ports,
    changes: mpsc::Sender<RosterChange>,
    /// When the outbox was last read, in Unix milliseconds, of which the ticker has been told everything.
    relayed_ms: Arc<AtomicU64>,
    /// Before this instant the previous owner still announces.
    announce_from_ms: u64,
    frequent_until_ms: u64,
    roster_due_ms: u64,
    announced: PublishedEntries<UserId>,
    /// Deleted users of whom the ticker was told in this run.
    deleted: HashSet<UserId>,
}

impl<'a> Relay<'a> {
    pub(super) fn new(
        ports: &'a Ports,
        last: Tick,
        is_handover: bool,
        changes: mpsc::Sender<RosterChange>,
        relayed_ms: Arc<AtomicU64>,
    ) -> Self {
        let now_ms = ports.clock.now_ms();
        let handed_over_ms = last.next().starts_at_ms();
        Self {
            ports,
            changes,
            relayed_ms,
            announce_from_ms: if is_handover { handed_over_ms } else { now_ms },
            frequent_until_ms: now_ms + AT_FIRST_MS,
            roster_due_ms: now_ms + ROSTER_PERIOD_AT_FIRST_MS,
            announced: PublishedEntries::new(),
            deleted: HashSet::new(),
        }
    }

    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        loop {
            let started_ms = self.ports.clock.now_ms();
            if let Err(error) = self.read_outbox(started_ms, &stopped).await {
                warn!(
                    error = %Causes(&error),
                    "outbox not relayed, retrying"
                );
            }
            if started_ms >= self.roster_due_ms
                && let Err(error) = self.compare_roster(started_ms).await
            {
                warn!(
                    error = %Causes(&error),
                    "roster not read again, retrying"
                );
            }
            tokio::select! {
                () = self.ports.clock.sleep_until(started_ms + OUTBOX_PERIOD_MS) => {}
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
    }

    async fn read_outbox(&mut self, now_ms: u64, stopped: &watch::Receiver<bool>) -> Result<()> {
        let OutboxEntries {
            registrations,
            deleted,
        } = with_timeout(self.ports.store.outbox()).await?;
        self.remove_deleted(deleted).await;
        if now_ms >= self.announce_from_ms {
            self.announce(&registrations, stopped).await?;
            self.relayed_ms.store(now_ms, Ordering::Release);
        }
        Ok(())
    }

    async fn remove_deleted(&mut self, mut deleted: Vec<UserId>) {
        deleted.retain(|user_id| self.deleted.insert(*user_id));
        if !deleted.is_empty() {
            self.tell(RosterChange::Deleted(deleted)).await;
        }
    }

    async fn announce(
        &mut self,
        registrations: &[Registration],
        stopped: &watch::Receiver<bool>,
    ) -> Result<()> {
        let shown: HashSet<UserId> = registrations.iter().map(|r| r.user_id).collect();
        self.announced.keep_shown(|user_id| shown.contains(user_id));
        // Who was deleted before being announced never is: the index shows them a moment longer.
        let fresh: Vec<&Registration> = registrations
            .iter()
            .filter(|r| !self.announced.contains(&r.user_id))
            .filter(|r| !self.deleted.contains(&r.user_id))
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
            oldest_ms, "new users announced"
        );
        self.announced.add(users.iter().copied());
        self.tell(RosterChange::Announced(users)).await;
        Ok(())
    }

    async fn clear(&mut self) -> Result<()> {
        let uncleared = self.announced.uncleared();
        with_timeout(self.ports.store.clear_outbox(&uncleared)).await?;
        self.announced.clear(uncleared);
        Ok(())
    }

    async fn compare_roster(&mut self, now_ms: u64) -> Result<()> {
        let since_ms = now_ms.saturating_sub(ROSTER_OVERLAP_MS);
        let store = &self.ports.store;
        let reading = async { tokio::try_join!(store.roster(since_ms), store.deleted(since_ms)) };
        let (users, deleted) = with_timeout(reading).await?;
        let at_first = now_ms < self.frequent_until_ms;
        let period_ms = if at_first {
            ROSTER_PERIOD_AT_FIRST_MS
        } else {
            ROSTER_PERIOD_MS
        };
        self.roster_due_ms = now_ms + period_ms;
        self.remove_deleted(deleted).await;
        if !users.is_empty() {
            self.tell(RosterChange::OnRoster(users)).await;
        }
        Ok(())
    }

    async fn tell(&self, change: RosterChange) {
        if self.changes.send(change).await.is_err() {
            // The run is over; whoever drives next reads the roster.
            info!("the run is over, the next owner reads this change from the roster");
        }
    }
}

pub(super) async fn with_timeout<T>(storage: impl Future<Output = Result<T>>) -> Result<T> {
    match timeout(STORAGE_TIMEOUT, storage).await {
        Ok(result) => result,
        Err(elapsed) => Err(Error::Unavailable {
            what: "storage",
            source: Box::new(elapsed),
        }),
    }
}
