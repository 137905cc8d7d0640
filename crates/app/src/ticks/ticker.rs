use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::{Tick, UserId};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::{error, info, warn};

use super::ports::Ports;
use super::prepared::{PreparedTick, add_price, prepare_tick};
use super::published::PublishedEnds;
use super::roster::{Roster, lock};
use crate::publisher::TickBatch;
use crate::{Causes, Result};

/// The most ticks that are published late after an interruption: one minute. Older ones are counted and
/// given up, because nobody watches prices that old; replays compute them.
pub(super) const CATCH_UP_TICKS: u64 = 12;
/// How long before a boundary the owner asks whether it still is: late enough to notice a handover of this
/// tick, early enough for a slow answer.
const CHECK_LEAD_MS: u64 = 800;
/// The longest that the answer is waited for; without one the ticks go on.
const CHECK_TIMEOUT: Duration = Duration::from_millis(500);
/// The longest that recording a finished tick may hold up the next.
const FINISH_TIMEOUT: Duration = Duration::from_secs(1);
/// Pause before a tick that failed is tried again.
const RETRY_MS: u64 = 250;

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// A later run has the ticks now.
    TakenOver,
    /// Its time was up.
    Deadline,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Ticks published and acknowledged.
    pub ticks: u64,
    /// Why it ended.
    pub ended: Ended,
}

/// What has happened to the roster between two ticks.
#[derive(Debug)]
pub(super) enum RosterChange {
    /// Just announced: owed every tick since they registered.
    Announced(Vec<UserId>),
    /// On the roster, whoever announced them: owed every tick since the takeover.
    OnRoster(Vec<UserId>),
    /// No longer users: owed nothing, and on no tick that can still be prepared without them.
    Deleted(Vec<UserId>),
}

/// The roster, and what happens to it.
pub(super) struct RosterView<'a> {
    pub(super) roster: &'a Arc<Mutex<Roster>>,
    pub(super) changes: mpsc::Receiver<RosterChange>,
    /// When the outbox was last read, in Unix milliseconds, all of which is among the changes.
    pub(super) relayed_ms: Arc<AtomicU64>,
}

/// The loop over the boundaries.
pub(super) struct Ticker<'a> {
    ports: &'a Ports,
    owner: &'a str,
    roster: &'a Arc<Mutex<Roster>>,
    taken_over_at: Tick,
    last: Tick,
    stop_at_ms: u64,
    changes: mpsc::Receiver<RosterChange>,
    published: PublishedEnds<'a>,
    prepared: Option<PreparedTick>,
    /// Whether somebody is in the prepared tick who is no longer on the roster.
    is_stale: bool,
    /// How long it took to prepare a tick.
    preparing_ms: u64,
    /// What newcomers are owed and could not be published yet.
    owed: Vec<Box<dyn TickBatch>>,
    ticks: u64,
}

impl<'a> Ticker<'a> {
    pub(super) fn new(
        ports: &'a Ports,
        owner: &'a str,
        RosterView {
            roster,
            changes,
            relayed_ms,
        }: RosterView<'a>,
        last: Tick,
        stop_at_ms: u64,
    ) -> Self {
        Self {
            ports,
            owner,
            roster,
            taken_over_at: last,
            last,
            stop_at_ms,
            changes,
            published: PublishedEnds::new(&*ports.progress, relayed_ms),
            prepared: None,
            is_stale: false,
            preparing_ms: 0,
            owed: Vec::new(),
            ticks: 0,
        }
    }

    pub(super) async fn run(mut self) -> Report {
        let ended = loop {
            let boundary_ms = self.last.next().starts_at_ms();
            if boundary_ms.max(self.ports.clock.now_ms()) >= self.stop_at_ms {
                break Ended::Deadline;
            }
            self.prepare_next().await;
            if !self.reach(boundary_ms).await {
                break Ended::TakenOver;
            }
            if let Err(error) = self.publish_next().await {
                let tick = self.last.next();
                error!(%tick, error = %Causes(&error), "tick not published, retrying");
                let clock = &self.ports.clock;
                clock.sleep_until(clock.now_ms() + RETRY_MS).await;
                self.give_up_old_ticks();
                continue;
            }
            self.ticks += 1;
            self.last = self.last.next();
            if !self.record_finished().await {
                break Ended::TakenOver;
            }
        };
        Report {
            ticks: self.ticks,
            ended,
        }
    }

    /// Computes and encodes the next tick ahead of its boundary, unless that is done and still right.
    async fn prepare_next(&mut self) {
        let tick = self.last.next();
        if self
            .prepared
            .as_ref()
            .is_some_and(|prepared| prepared.tick() == tick && !self.is_stale)
        {
            return;
        }
        self.prepared = None;
        self.is_stale = false;
        let started_ms = self.ports.clock.now_ms();
        let batch = self.ports.publisher.batch(lock(self.roster).len());
        let roster = Arc::clone(self.roster);
        let preparing =
            tokio::task::spawn_blocking(move || prepare_tick(&lock(&roster), tick, batch));
        self.prepared = Some(
            preparing
                .await
                .expect("BUG: preparing a tick doesn't panic"),
        );
        self.preparing_ms = self.ports.clock.now_ms().saturating_sub(started_ms);
    }

    /// Waits for a boundary, changing the roster meanwhile. `false` if another owner has taken over.
    async fn reach(&mut self, boundary_ms: u64) -> bool {
        self.apply_waiting().await;
        let check_at_ms = boundary_ms.saturating_sub(CHECK_LEAD_MS);
        // Once, as late as there is surely time, the tick is prepared again without all who were deleted
        // since. Who is deleted after that gets a last price.
        self.apply_until(check_at_ms.saturating_sub(2 * self.preparing_ms))
            .await;
        self.prepare_next().await;
        self.apply_until(check_at_ms).await;
        let is_heard_of = self.published.is_heard_of(self.last);
        self.apply_waiting().await;
        let is_published = self.last > self.taken_over_at && self.owed.is_empty();
        let (held, ()) = tokio::join!(
            timeout(CHECK_TIMEOUT, self.ports.store.is_owner(self.owner)),
            async {
                if is_heard_of && is_published {
                    self.published.record(self.last, true).await;
                }
            }
        );
        let held = match held {
            Ok(Ok(held)) => held,
            Ok(Err(error)) => {
                warn!(
                    error = %Causes(&error),
                    "lease not checked, publishing the next tick anyway"
                );
                true
            }
            Err(_) => {
                warn!("lease not checked in time, publishing the next tick anyway");
                true
            }
        };
        if held {
            self.apply_until(boundary_ms).await;
        }
        held
    }

    async fn apply_waiting(&mut self) {
        while let Ok(change) = self.changes.try_recv() {
            self.apply(change).await;
        }
    }

    async fn apply_until(&mut self, at_ms: u64) {
        let clock = Arc::clone(&self.ports.clock);
        let due = clock.sleep_until(at_ms);
        tokio::pin!(due);
        loop {
            tokio::select! {
                biased;
                () = &mut due => return,
                Some(change) = self.changes.recv() => self.apply(change).await,
                else => return due.await,
            }
        }
    }

    async fn apply(&mut self, change: RosterChange) {
        let oldest = self.last.next().minus(CATCH_UP_TICKS);
        match change {
            RosterChange::Announced(users) => self.admit(users, oldest).await,
            RosterChange::OnRoster(users) => {
                self.admit(users, oldest.max(self.taken_over_at.next()))
                    .await;
            }
            RosterChange::Deleted(users) => {
                let removed = lock(self.roster).remove(users);
                if removed > 0 {
                    self.is_stale = true;
                    info!(removed, "deleted users taken off the roster");
                }
            }
        }
    }

    /// Publishes at once what newcomers are owed, and adds them to the tick that is prepared.
    async fn admit(&mut self, users: Vec<UserId>, owed_from: Tick) {
        let mut batch = self.ports.publisher.batch(users.len());
        let mut owed = 0_u64;
        for user_id in users {
            let Some(admission) = lock(self.roster).admit(user_id, owed_from, self.last) else {
                continue;
            };
            let mut tick = admission.owed.start;
            while tick < admission.owed.end {
                add_price(batch.as_mut(), &admission.shareholder, tick);
                owed += 1;
                tick = tick.next();
            }
            if let Some(prepared) = self.prepared.as_mut().filter(|_| admission.is_new) {
                prepared.add(&admission.shareholder);
            }
        }
        if owed > 0 {
            self.owed.push(batch);
        }
        if let Err(error) = self.publish_owed().await {
            error!(
                error = %Causes(&error),
                "missed ticks of new users not published, retrying"
            );
        }
    }

    async fn publish_owed(&mut self) -> Result<()> {
        while let Some(batch) = self.owed.first_mut() {
            let published = batch.publish().await?;
            self.published.extend(self.last, &published.price_ends);
            self.owed.remove(0);
            info!(
                records = published.records,
                "missed ticks of new users published"
            );
        }
        Ok(())
    }

    async fn publish_next(&mut self) -> Result<()> {
        self.publish_owed().await?;
        let prepared = self
            .prepared
            .as_mut()
            .expect("BUG: a tick is prepared before its boundary");
        let tick = prepared.tick();
        let started_ms = self.ports.clock.now_ms();
        let published = prepared.publish().await?;
        self.published.extend(tick, &published.price_ends);
        info!(
            tick = tick.get(),
            shareholders = prepared.shareholders(),
            records = published.records,
            bytes = published.bytes,
            duration_ms = self.ports.clock.now_ms().saturating_sub(started_ms),
            lateness_ms = started_ms.saturating_sub(tick.starts_at_ms()),
            "tick published"
        );
        self.prepared = None;
        Ok(())
    }

    /// Records the tick. `false` if another owner has taken over.
    async fn record_finished(&mut self) -> bool {
        let finishing = self.ports.store.finish_tick(self.owner, self.last);
        let (finished, ()) = tokio::join!(
            timeout(FINISH_TIMEOUT, finishing),
            self.published.record(self.last, false)
        );
        match finished {
            Ok(Ok(held)) => held,
            Ok(Err(error)) => {
                warn!(tick = %self.last, error = %Causes(&error), "finished tick not recorded");
                true
            }
            Err(_) => {
                warn!(tick = %self.last, "finished tick not recorded in time");
                true
            }
        }
    }

    fn give_up_old_ticks(&mut self) {
        let oldest = Tick::at_ms(self.ports.clock.now_ms()).minus(CATCH_UP_TICKS);
        if self.last < oldest {
            let lost = oldest.get() - self.last.get();
            error!(last = %self.last, lost, "ticks that could not be published for a minute are skipped");
            self.last = oldest;
        }
    }
}
