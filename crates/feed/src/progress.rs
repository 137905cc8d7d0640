//! How far live prices have come: what of the price topic is published, and what of that was sent to those who listen.
//!
//! The partitions of the topic are consumed side by side, by processes that know nothing of each other, so the newest tick
//! that a client was sent says nothing about the other partitions. From what is kept here each of them can tell the tick
//! up to which everything was sent, whoever sent it: `docs/adr/0015-resuming.md`.

use async_trait::async_trait;
use domain::Tick;

use crate::error::Result;

/// Ticks that were published this long ago (an hour) keep nobody from resuming: what was not sent of them is lost.
const FORGOTTEN_TICKS: u64 = 720;

/// A position in a partition of the price topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionPosition {
    /// The partition.
    pub partition: i32,
    /// The offset of the next record.
    pub next_offset: i64,
    /// The newest tick of the records before that.
    pub tick: Tick,
}

impl PartitionPosition {
    /// Ticks are compared first: a topic that was created anew counts its offsets from 0 again.
    fn has_reached(&self, end: &Self) -> bool {
        self.tick > end.tick || (self.tick == end.tick && self.next_offset >= end.next_offset)
    }
}

/// A tick that is published and acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedTick {
    /// The tick.
    pub tick: Tick,
    /// Where each partition ended then, those without a record of this tick included.
    pub ends: Vec<PartitionPosition>,
    /// Whether no more records of this tick are to come, as they may for who has just registered.
    pub is_complete: bool,
}

/// What of the newest published ticks was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryProgress {
    /// The newest published ticks, in any order.
    pub published: Vec<PublishedTick>,
    /// Up to where the records of each partition were sent to all who listen.
    pub delivered: Vec<PartitionPosition>,
}

impl DeliveryProgress {
    /// The newest tick up to which everything was sent that was published; `None` if a partition is further behind than
    /// is known about.
    #[must_use]
    pub fn resumable_tick(&self) -> Option<Tick> {
        let newest = self
            .published
            .iter()
            .map(|published| published.tick)
            .max()?;
        let oldest = newest.minus(FORGOTTEN_TICKS);
        let is_delivered = |end: &PartitionPosition| {
            let delivered = self.delivered_of(end.partition);
            end.tick < oldest || delivered.is_some_and(|at| at.has_reached(end))
        };
        let complete = self
            .published
            .iter()
            .filter(|published| published.is_complete && published.ends.iter().all(is_delivered));
        complete.map(|published| published.tick).max()
    }

    /// The position from which on a partition is sent, if any of it ever was.
    pub(crate) fn delivered_of(&self, partition: i32) -> Option<&PartitionPosition> {
        self.delivered.iter().find(|at| at.partition == partition)
    }
}

/// Keeps how far prices have come.
#[async_trait]
pub trait TrackDelivery: Send + Sync {
    /// Keeps a published tick, in the place of what was kept of it before, or of one that is some ticks older.
    async fn record_published(&self, published: &PublishedTick) -> Result<()>;

    /// Keeps up to where partitions were sent, whatever was kept of them before.
    async fn record_delivered(&self, delivered: &[PartitionPosition]) -> Result<()>;

    /// What is kept. May be a moment old: then clients resume from a tick that is older than need be.
    async fn progress(&self) -> Result<DeliveryProgress>;
}

#[cfg(test)]
mod tests;
