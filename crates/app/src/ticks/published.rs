//! Where the partitions of the price topic end, tick by tick: what clients may resume from depends on it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::Tick;
use feed::{PartitionPosition, PublishedTick, TrackDelivery};
use tokio::time::timeout;
use tracing::{debug, warn};

use crate::{Causes, Result};

/// Whoever registered before a tick is on the outbox this long after its boundary: storing a user takes a moment, and the
/// outbox's index another.
const OUTBOX_LAG_MS: u64 = 2_000;
/// The longest that recording a tick may take.
const RECORD_TIMEOUT: Duration = Duration::from_millis(500);

/// Where each partition ends, and since which tick.
pub(super) struct PublishedEnds<'a> {
    progress: &'a dyn TrackDelivery,
    relayed_ms: Arc<AtomicU64>,
    ends: BTreeMap<i32, PartitionPosition>,
    /// Whether what the owner before has published is among them.
    is_continued: bool,
}

impl<'a> PublishedEnds<'a> {
    /// `relayed_ms` is when the outbox was last read of which everything is published.
    pub(super) fn new(progress: &'a dyn TrackDelivery, relayed_ms: Arc<AtomicU64>) -> Self {
        Self {
            progress,
            relayed_ms,
            ends: BTreeMap::new(),
            is_continued: false,
        }
    }

    /// Adds what was published when this tick was the newest: by partition, the offset after the last record.
    pub(super) fn extend(&mut self, tick: Tick, ends: &[(i32, i64)]) {
        self.ends
            .extend(ends.iter().map(|&(partition, next_offset)| {
                let position = PartitionPosition {
                    partition,
                    next_offset,
                    tick,
                };
                (partition, position)
            }));
    }

    /// Whether everybody who registered before this tick has been heard of, so that no more records of it are to come once
    /// those are published.
    pub(super) fn is_heard_of(&self, tick: Tick) -> bool {
        self.relayed_ms.load(Ordering::Acquire) >= tick.starts_at_ms() + OUTBOX_LAG_MS
    }

    /// Records a tick that is published, first as it is, for who takes over, and again once it is complete, for clients. If
    /// that fails, they resume from an older one until the next is recorded.
    pub(super) async fn record(&mut self, tick: Tick, is_complete: bool) {
        if self.ends.is_empty() {
            debug!(%tick, "nothing was published yet");
            return;
        }
        match timeout(RECORD_TIMEOUT, self.try_record(tick, is_complete)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                warn!(%tick, error = %Causes(&error), "published tick not recorded, clients resume from an older one");
            }
            Err(_) => {
                warn!(%tick, "published tick not recorded in time, clients resume from an older one");
            }
        }
    }

    async fn try_record(&mut self, tick: Tick, is_complete: bool) -> Result<()> {
        if !self.is_continued {
            self.continue_from_before().await?;
        }
        let published = PublishedTick {
            tick,
            ends: self.ends.values().copied().collect(),
            is_complete,
        };
        Ok(self.progress.record_published(&published).await?)
    }

    /// Takes over where the partitions ended that this run has published nothing to yet.
    async fn continue_from_before(&mut self) -> Result<()> {
        let published = self.progress.progress().await?.published;
        if let Some(newest) = published.into_iter().max_by_key(|published| published.tick) {
            for end in newest.ends {
                self.ends.entry(end.partition).or_insert(end);
            }
        }
        self.is_continued = true;
        Ok(())
    }
}
