use std::collections::HashSet;

use domain::{Snapshot, SnapshotId};
use tokio::sync::watch;
use tracing::{info, warn};

use super::ports::Ports;
use super::relay::{OUTBOX_PERIOD_MS, with_timeout};
use crate::{Causes, Result};

/// Snapshots that are published at a time. Where more were asked for, the next look follows at once.
const AT_MOST: u16 = 1_000;

/// Publishes the snapshots that users ask for.
pub(super) struct SnapshotRelay<'a> {
    ports: &'a Ports,
    /// Published by this run and still on the outbox, whose index follows with a delay.
    published: HashSet<SnapshotId>,
    /// Those of them that were taken off it already.
    cleared: HashSet<SnapshotId>,
}

impl<'a> SnapshotRelay<'a> {
    pub(super) fn new(ports: &'a Ports) -> Self {
        Self {
            ports,
            published: HashSet::new(),
            cleared: HashSet::new(),
        }
    }

    /// Looks at the outbox until the ticks are `stopped`. While ticks change hands, two runs do so for a moment: what comes
    /// twice is saved once.
    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        loop {
            let started_ms = self.ports.clock.now_ms();
            let is_more_waiting = match self.relay().await {
                Ok(is_more_waiting) => is_more_waiting,
                Err(error) => {
                    warn!(error = %Causes(&error), "snapshots not relayed from the outbox, retrying");
                    false
                }
            };
            let due_ms = if is_more_waiting {
                started_ms
            } else {
                started_ms + OUTBOX_PERIOD_MS
            };
            tokio::select! {
                () = self.ports.clock.sleep_until(due_ms) => {}
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
    }

    /// Whether more may be waiting.
    async fn relay(&mut self) -> Result<bool> {
        let store = &self.ports.snapshots;
        let waiting = with_timeout(store.snapshot_outbox(AT_MOST)).await?;
        let shown: HashSet<SnapshotId> = waiting.iter().map(|snapshot| snapshot.id).collect();
        self.published.retain(|id| shown.contains(id));
        self.cleared.retain(|id| shown.contains(id));
        let is_fresh = |snapshot: &&Snapshot| !self.published.contains(&snapshot.id);
        let fresh: Vec<Snapshot> = waiting.iter().filter(is_fresh).copied().collect();
        if !fresh.is_empty() {
            self.publish(&fresh).await?;
        }
        let is_uncleared = |snapshot: &&Snapshot| !self.cleared.contains(&snapshot.id);
        let uncleared: Vec<Snapshot> = waiting.iter().filter(is_uncleared).copied().collect();
        with_timeout(store.clear_snapshot_outbox(&uncleared)).await?;
        self.cleared
            .extend(uncleared.iter().map(|snapshot| snapshot.id));
        Ok(fresh.len() == usize::from(AT_MOST))
    }

    async fn publish(&mut self, fresh: &[Snapshot]) -> Result<()> {
        let mut batch = self.ports.publisher.batch(0);
        for snapshot in fresh {
            batch.snapshot(snapshot);
        }
        let published = batch.publish().await?;
        let now_ms = self.ports.clock.now_ms();
        let ages = fresh
            .iter()
            .map(|snapshot| now_ms.saturating_sub(snapshot.id.requested_at_ms()));
        let oldest_ms = ages.max();
        info!(
            records = published.records,
            oldest_ms, "snapshots published"
        );
        self.published
            .extend(fresh.iter().map(|snapshot| snapshot.id));
        Ok(())
    }
}
