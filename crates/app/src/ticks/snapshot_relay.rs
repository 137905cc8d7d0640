use std::collections::HashSet;

use domain::Snapshot;
use tokio::sync::watch;
use tracing::{info, warn};

use super::outbox::PublishedEntries;
use super::ports::Ports;
use super::relay::{OUTBOX_PERIOD_MS, with_timeout};
use crate::{Causes, Result};

/// Snapshots that are published at a time. Where more were asked for, the next look follows at once.
const AT_MOST: u16 = 1_000;

/// Publishes the snapshots that users ask for.
pub(super) struct SnapshotRelay<'a> {
    ports: &'a Ports,
    published: PublishedEntries<Snapshot>,
}

impl<'a> SnapshotRelay<'a> {
    pub(super) fn new(ports: &'a Ports) -> Self {
        Self {
            ports,
            published: PublishedEntries::new(),
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
        let shown: HashSet<Snapshot> = waiting.iter().copied().collect();
        self.published
            .keep_shown(|snapshot| shown.contains(snapshot));
        let is_fresh = |snapshot: &Snapshot| !self.published.contains(snapshot);
        let fresh: Vec<Snapshot> = waiting.into_iter().filter(is_fresh).collect();
        if !fresh.is_empty() {
            self.publish(&fresh).await?;
        }
        let uncleared = self.published.uncleared();
        with_timeout(store.clear_snapshot_outbox(&uncleared)).await?;
        self.published.clear(uncleared);
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
        self.published.add(fresh.iter().copied());
        Ok(())
    }
}
