use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::{Tick, UserId};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tracing::{error, info, warn};

use super::drive::{CATCH_UP_TICKS, Ended, Report, lock};
use super::ports::{Batch, Ports};
use super::prepared::{PreparedTick, add_price, prepare_tick};
use super::roster::Roster;
use crate::{Causes, Result};

/// How long before a boundary the owner asks whether it still is: late enough to notice a handover of this
/// tick, early enough for a slow answer.
const CHECK_LEAD_MS: u64 = 800;
/// The longest that the answer is waited for; without one the ticks go on.
const CHECK_TIMEOUT: Duration = Duration::from_millis(500);
/// The longest that recording a finished tick may hold up the next.
const FINISH_TIMEOUT: Duration = Duration::from_secs(1);
/// Pause before a tick that failed is tried again.
const RETRY_MS: u64 = 250;

/// Shareholders who came in between two ticks.
#[derive(Debug)]
pub(super) enum Newcomers {
    /// Just announced: owed every tick since they registered.
    Announced(Vec<UserId>),
    /// On the roster, whoever announced them: owed every tick since the takeover.
    OnRoster(Vec<UserId>),
}

/// The loop over the boundaries.
pub(super) struct Ticker<'a> {
    ports: &'a Ports,
    owner: &'a str,
    roster: &'a Arc<Mutex<Roster>>,
    taken_over_at: Tick,
    last: Tick,
    stop_at_ms: u64,
    newcomers: mpsc::Receiver<Newcomers>,
    prepared: Option<PreparedTick>,
    /// What newcomers are owed and could not be published yet.
    owed: Vec<Box<dyn Batch>>,
    ticks: u64,
}

impl<'a> Ticker<'a> {
    pub(super) fn new(
        ports: &'a Ports,
        owner: &'a str,
        roster: &'a Arc<Mutex<Roster>>,
        last: Tick,
        stop_at_ms: u64,
        newcomers: mpsc::Receiver<Newcomers>,
    ) -> Self {
        Self {
            ports,
            owner,
            roster,
            taken_over_at: last,
            last,
            stop_at_ms,
            newcomers,
            prepared: None,
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

    /// Computes and encodes the next tick ahead of its boundary, unless that is done.
    async fn prepare_next(&mut self) {
        let tick = self.last.next();
        if self
            .prepared
            .as_ref()
            .is_some_and(|prepared| prepared.tick() == tick)
        {
            return;
        }
        self.prepared = None;
        let batch = self.ports.publisher.batch(lock(self.roster).len());
        let roster = Arc::clone(self.roster);
        let preparing =
            tokio::task::spawn_blocking(move || prepare_tick(&lock(&roster), tick, batch));
        self.prepared = Some(
            preparing
                .await
                .expect("BUG: preparing a tick doesn't panic"),
        );
    }

    /// Waits for a boundary, admitting newcomers meanwhile. `false` if another owner has taken over.
    async fn reach(&mut self, boundary_ms: u64) -> bool {
        while let Ok(newcomers) = self.newcomers.try_recv() {
            self.admit(newcomers).await;
        }
        self.admit_until(boundary_ms.saturating_sub(CHECK_LEAD_MS))
            .await;
        let held = match timeout(CHECK_TIMEOUT, self.ports.lease.still_held(self.owner)).await {
            Ok(Ok(held)) => held,
            Ok(Err(error)) => {
                warn!(
                    error = %Causes(&error),
                    "can't tell who drives, going on"
                );
                true
            }
            Err(_) => {
                warn!("no answer to who drives, going on");
                true
            }
        };
        if held {
            self.admit_until(boundary_ms).await;
        }
        held
    }

    async fn admit_until(&mut self, at_ms: u64) {
        let clock = Arc::clone(&self.ports.clock);
        let due = clock.sleep_until(at_ms);
        tokio::pin!(due);
        loop {
            tokio::select! {
                biased;
                () = &mut due => return,
                Some(newcomers) = self.newcomers.recv() => self.admit(newcomers).await,
                else => return due.await,
            }
        }
    }

    /// Publishes at once what newcomers are owed, and adds them to the tick that is prepared.
    async fn admit(&mut self, newcomers: Newcomers) {
        let oldest = self.last.next().minus(CATCH_UP_TICKS);
        let (users, owed_from) = match newcomers {
            Newcomers::Announced(users) => (users, oldest),
            Newcomers::OnRoster(users) => (users, oldest.max(self.taken_over_at.next())),
        };
        let mut batch = self.ports.publisher.batch(users.len());
        let mut owed = 0_u64;
        for user_id in users {
            let welcome = lock(self.roster).welcome(user_id, owed_from, self.last);
            let mut tick = welcome.owed.start;
            while tick < welcome.owed.end {
                add_price(batch.as_mut(), &welcome.shareholder, tick);
                owed += 1;
                tick = tick.next();
            }
            if let Some(prepared) = self.prepared.as_mut().filter(|_| welcome.is_new) {
                prepared.add(&welcome.shareholder);
            }
        }
        if owed > 0 {
            self.owed.push(batch);
        }
        if let Err(error) = self.publish_owed().await {
            error!(
                error = %Causes(&error),
                "newcomers' ticks not published, retrying"
            );
        }
    }

    async fn publish_owed(&mut self) -> Result<()> {
        while let Some(batch) = self.owed.first_mut() {
            let published = batch.publish().await?;
            self.owed.remove(0);
            info!(records = published.records, "newcomers' ticks published");
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
    async fn record_finished(&self) -> bool {
        let finishing = self.ports.lease.finish(self.owner, self.last);
        match timeout(FINISH_TIMEOUT, finishing).await {
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
            error!(last = %self.last, lost, "ticks that could not be published are given up");
            self.last = oldest;
        }
    }
}
