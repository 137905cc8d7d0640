//! Publishing events.

use async_trait::async_trait;
use domain::market::Summary;
use domain::{PriceUpdate, Snapshot};

use crate::Result;
use crate::ticks::Registration;

/// What a batch came to once every record of it was acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Published {
    /// Records acknowledged.
    pub records: u64,
    /// Their keys and values, in bytes before compression.
    pub bytes: u64,
    /// Where the price updates among them end: by partition, the offset after the last.
    pub price_ends: Vec<(i32, i64)>,
}

/// Publishes ticks, and returns only once the broker has acknowledged them.
#[async_trait]
pub trait TickPublisher: Send + Sync {
    /// Makes sure that the broker can be reached, so that the first tick doesn't pay for connecting.
    async fn connect(&self) -> Result<()>;

    /// An empty batch with room for about this many price updates.
    fn batch(&self, updates: usize) -> Box<dyn TickBatch>;
}

/// Records that are encoded already, so that publishing costs as little as possible.
#[async_trait]
pub trait TickBatch: Send {
    /// Adds a price update.
    fn price(&mut self, update: &PriceUpdate);

    /// Adds a market summary.
    fn summary(&mut self, summary: &Summary);

    /// Adds the event that a user has registered.
    fn registration(&mut self, registration: &Registration);

    /// Adds the event that a user has asked for a snapshot.
    fn snapshot(&mut self, snapshot: &Snapshot);

    /// Publishes every record and returns when all are acknowledged. The batch keeps its records: after a
    /// failure it can be published again, and what had arrived the first time arrives twice.
    async fn publish(&mut self) -> Result<Published>;
}
