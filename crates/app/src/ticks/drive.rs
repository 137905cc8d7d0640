use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use domain::{PriceModel, Tick};
use tokio::sync::{mpsc, watch};
use tracing::{error, info, warn};

use super::ports::Ports;
use super::relay::{ROSTER_OVERLAP_MS, Relay};
use super::roster::{Roster, lock};
use super::snapshot_relay::SnapshotRelay;
use super::sweep::{DueMessages, Sweep};
use super::ticker::{CATCH_UP_TICKS, Ended, Report, RosterView, Ticker};
use crate::{Causes, Result};

/// How long before its deadline a run ends: as long as a failing publication and what follows it can take.
const STOP_MARGIN_MS: u64 = 10_000;
/// The part of the five seconds in which the ticks change hands: after the old owner has published, and
/// before it asks whether it is still the owner. So nearly always no tick is published twice.
const HANDOVER_MS: std::ops::Range<u64> = 1_000..3_500;
/// Pause before an attempt to get ready is repeated.
const RETRY_MS: u64 = 500;
/// Changes to the roster that may wait for the ticker.
const CHANGES_QUEUE: usize = 16;

/// Drives the ticks: publishes every price at every boundary, announces and admits newcomers in between, publishes the
/// snapshots that were asked for, takes who was deleted off the roster, and closes connections that never authenticated.
pub struct DriveTicks {
    ports: Ports,
    messages: Arc<DueMessages>,
    roster: Arc<Mutex<Roster>>,
    /// When the roster was last read, in milliseconds since the Unix epoch; 0 if never.
    synced_at_ms: AtomicU64,
}

impl DriveTicks {
    /// Prepares to drive. `messages` are what due connections are told. The roster is kept from
    /// one run to the next.
    #[must_use]
    pub fn new(ports: Ports, model: PriceModel, messages: DueMessages) -> Self {
        Self {
            ports,
            messages: Arc::new(messages),
            roster: Arc::new(Mutex::new(Roster::new(model))),
            synced_at_ms: AtomicU64::new(0),
        }
    }

    /// Takes the ticks over as soon as it is ready to, and drives them until another run takes over or
    /// `deadline_ms` (milliseconds since the Unix epoch) is near. `owner` must be unique to the run.
    ///
    /// # Errors
    /// Only if it never became ready; faults after that are logged and overcome.
    pub async fn run(&self, owner: &str, deadline_ms: u64) -> Result<Report> {
        let stop_at_ms = deadline_ms.saturating_sub(STOP_MARGIN_MS);
        let Some((last, is_handover)) = self.take_over(owner, stop_at_ms).await? else {
            return Ok(Report {
                ticks: 0,
                ended: Ended::Deadline,
            });
        };
        lock(&self.roster).start_at(last.next());

        let (stop, stopped) = watch::channel(false);
        let (changes, changed) = mpsc::channel(CHANGES_QUEUE);
        let relayed_ms = Arc::new(AtomicU64::new(0));
        let roster = RosterView {
            roster: &self.roster,
            changes: changed,
            relayed_ms: Arc::clone(&relayed_ms),
        };
        let ticker = Ticker::new(&self.ports, owner, roster, last, stop_at_ms);
        let ticking = async move {
            let report = ticker.run().await;
            stop.send_replace(true);
            report
        };
        let relay = Relay::new(&self.ports, last, is_handover, changes, relayed_ms);
        let sweep = Sweep::new(&self.ports, &self.messages);
        let snapshots = SnapshotRelay::new(&self.ports);
        let (report, (), (), ()) = tokio::join!(
            ticking,
            relay.run(stopped.clone()),
            snapshots.run(stopped.clone()),
            sweep.run(stopped)
        );
        info!(ticks = report.ticks, ended = ?report.ended, "run ended");
        Ok(report)
    }

    /// Returns the last tick that counts as finished and whether somebody else was at work until now;
    /// nothing if time ran out while waiting.
    async fn take_over(&self, owner: &str, stop_at_ms: u64) -> Result<Option<(Tick, bool)>> {
        let clock = &self.ports.clock;
        loop {
            match self.attempt_take_over(owner).await {
                Ok(last) => return Ok(Some(starting_point(last, Tick::at_ms(clock.now_ms())))),
                Err(error) if clock.now_ms() + RETRY_MS >= stop_at_ms => return Err(error),
                Err(error) => warn!(
                    error = %Causes(&error),
                    "ticks not taken over, retrying"
                ),
            }
            clock.sleep_until(clock.now_ms() + RETRY_MS).await;
        }
    }

    async fn attempt_take_over(&self, owner: &str) -> Result<Option<Tick>> {
        let ports = &self.ports;
        self.sync_roster().await?;
        ports.publisher.connect().await?;
        let now_ms = ports.clock.now_ms();
        let into_tick = now_ms % Tick::PERIOD_MS;
        if into_tick < HANDOVER_MS.start {
            ports
                .clock
                .sleep_until(now_ms - into_tick + HANDOVER_MS.start)
                .await;
        } else if into_tick >= HANDOVER_MS.end {
            let opens = Tick::at_ms(now_ms).next().starts_at_ms() + HANDOVER_MS.start;
            ports.clock.sleep_until(opens).await;
        }
        ports.store.take_over(owner).await
    }

    async fn sync_roster(&self) -> Result<()> {
        let now_ms = self.ports.clock.now_ms();
        let synced_at_ms = self.synced_at_ms.load(Ordering::Relaxed);
        let since_ms = synced_at_ms.saturating_sub(ROSTER_OVERLAP_MS);
        // An index that is read for the first time doesn't show who was deleted long ago.
        let deleted_since_ms = if synced_at_ms == 0 {
            now_ms
        } else {
            synced_at_ms
        };
        let (users, deleted) = tokio::try_join!(
            self.ports.store.roster(since_ms),
            self.ports
                .store
                .deleted(deleted_since_ms.saturating_sub(ROSTER_OVERLAP_MS))
        )?;
        let read = users.len();
        let roster = Arc::clone(&self.roster);
        let change = move || {
            let mut roster = lock(&roster);
            roster.extend(users);
            let removed = roster.remove(deleted);
            (roster.len(), removed)
        };
        let (shareholders, removed) = tokio::task::spawn_blocking(change)
            .await
            .expect("BUG: changing the roster doesn't panic");
        self.synced_at_ms.store(now_ms, Ordering::Relaxed);
        let duration_ms = self.ports.clock.now_ms().saturating_sub(now_ms);
        info!(
            shareholders,
            read, removed, since_ms, duration_ms, "roster read"
        );
        Ok(())
    }
}

/// From the last finished tick on record and the current one: the tick after which to begin, and whether
/// the previous owner was at work until just now.
fn starting_point(last: Option<Tick>, current: Tick) -> (Tick, bool) {
    let Some(last) = last else {
        info!(%current, "first run ever: ticks begin");
        return (current, false);
    };
    if last > current.next() {
        error!(%last, %current, "last finished tick lies in the future, starting from the current tick");
        return (current, false);
    }
    let oldest = current.minus(CATCH_UP_TICKS);
    if last < oldest {
        let lost = oldest.get() - last.get();
        warn!(%last, %current, lost, "ticks missed for more than a minute are skipped");
        return (oldest, false);
    }
    (last, last >= current.previous())
}
