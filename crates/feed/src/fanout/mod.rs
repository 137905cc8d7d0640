//! The fan-out: which connection gets what of a batch of prices, and getting it there.
//!
//! Posts are what counts, so all that a batch holds for a connection's raw feed goes out in one frame (or as few as
//! fit), built once for all connections that get the same. Subscriptions to an operation get a frame for each event,
//! and the operation is executed once for all who get the same.

mod audience_cache;
mod batch;
mod deliver;
mod encode;
mod outlets;
mod plan;
mod post;
mod registrations;
mod report;
mod seen;
mod share;
mod shares;

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::market::Summary;
use domain::{Price, Shard, Tick, UserId};
use tokio::sync::Mutex;
use tokio::time::Instant;

use self::audience_cache::AudienceCache;
use self::batch::{MarketBatch, PriceBatch};
use self::seen::Seen;
use self::shares::{share_market, share_prices};
use super::departed::Departed;
use super::execution::{Executor, OperationPorts};
use super::{AudienceShard, ReadAudience};
use crate::Result;

pub use super::frame::{Frame, MAX_FRAME_BYTES, PushFrames};
pub use super::live::Newcomer;
pub use encode::EncodeFrames;
pub use report::FanoutReport;

/// One record of `user.price.update`, as far as the feed shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceRecord {
    /// The shareholder.
    pub user_id: UserId,
    /// The tick at which the price holds.
    pub tick: Tick,
    /// The price.
    pub price: Price,
}

impl PriceRecord {
    /// Records go out by tick, then by user.
    fn order(&self) -> (Tick, UserId) {
        (self.tick, self.user_id)
    }
}

/// Sends batches of prices and market summaries to the connections that subscribed to them. Kept for the
/// life of the process, since it remembers the audience and what has been sent.
pub struct FanOut {
    ports: FanOutPorts,
    executor: Executor,
    state: Mutex<State>,
}

/// Everything that the fan-out needs from outside.
pub struct FanOutPorts {
    /// Who listens.
    pub audience: Arc<dyn ReadAudience>,
    /// In which words the raw feed is sent.
    pub frames: Arc<dyn EncodeFrames>,
    /// By which way.
    pub push: Arc<dyn PushFrames>,
    /// What subscriptions to operations take.
    pub operations: OperationPorts,
}

#[derive(Default)]
struct State {
    cache: AudienceCache,
    seen: Seen,
    departed: Departed,
}

impl FanOut {
    /// A fan-out that remembers nothing yet.
    #[must_use]
    pub fn new(ports: FanOutPorts) -> Self {
        Self {
            executor: Executor::new(ports.operations.clone()),
            ports,
            state: Mutex::default(),
        }
    }

    /// Sends a batch of prices, in any order. `now_ms` is the present instant in Unix milliseconds.
    ///
    /// A price that is not newer than what this process has sent of its user is left out, so that a
    /// batch that is delivered twice is sent once, and ticks ascend on every connection.
    ///
    /// # Errors
    /// If the audience or operations can't be read. Nothing has been sent then, and the batch should be tried again.
    pub async fn fan_out_prices(
        &self,
        records: &[PriceRecord],
        now_ms: u64,
    ) -> Result<FanoutReport> {
        let Some(newest) = records.iter().map(|record| record.tick).max() else {
            return Ok(FanoutReport::default());
        };
        let start = Instant::now();
        let mut state = self.state.lock().await;
        let State {
            cache,
            seen,
            departed,
        } = &mut *state;

        let sharded: Vec<_> = records
            .iter()
            .map(|record| (Shard::of(record.user_id), *record))
            .collect();
        let touched: BTreeSet<_> = sharded.iter().map(|(shard, _)| *shard).collect();
        let shards: Vec<_> = touched
            .into_iter()
            .map(AudienceShard::Users)
            .chain(whole(AudienceShard::AllUsers))
            .collect();
        let (shard_reads, alert_versions) = cache.refresh(&shards, &*self.ports.audience).await?;
        let audience_took = start.elapsed();

        let (wanted, repeated) = seen.fresh_prices(sharded, cache);
        let batch = PriceBatch::new(&wanted, &*self.ports.frames);
        let shares = share_prices(cache, &batch);
        let mut report = FanoutReport::new(records.len(), newest, now_ms);
        report.repeated = repeated;
        report.shard_reads = shard_reads;
        report.audience_took = audience_took;
        report.alert_versions = alert_versions;
        self.deliver(cache, departed, &batch, shares, now_ms, &mut report)
            .await?;
        seen.remember_prices(&wanted);
        report.took = start.elapsed();
        Ok(report)
    }

    /// Sends market summaries, in any order, as [`Self::fan_out_prices`] does prices.
    ///
    /// # Errors
    /// If the audience or operations can't be read. Nothing has been sent then.
    pub async fn fan_out_market(
        &self,
        mut summaries: Vec<Summary>,
        now_ms: u64,
    ) -> Result<FanoutReport> {
        let records = summaries.len();
        summaries.sort_by_key(|summary| summary.tick);
        summaries.dedup_by_key(|summary| summary.tick);
        let Some(newest) = summaries.last().map(|summary| summary.tick) else {
            return Ok(FanoutReport::default());
        };
        let start = Instant::now();
        let mut state = self.state.lock().await;
        let State {
            cache,
            seen,
            departed,
        } = &mut *state;

        let shards: Vec<_> = whole(AudienceShard::Market).collect();
        let (shard_reads, _) = cache.refresh(&shards, &*self.ports.audience).await?;
        let audience_took = start.elapsed();

        summaries.retain(|summary| Some(summary.tick) > seen.market);
        let batch = MarketBatch {
            summaries: &summaries,
            encode: &*self.ports.frames,
        };
        let shares = share_market(cache, &batch);
        let mut report = FanoutReport::new(records, newest, now_ms);
        report.repeated = records - summaries.len();
        report.shard_reads = shard_reads;
        report.audience_took = audience_took;
        self.deliver(cache, departed, &batch, shares, now_ms, &mut report)
            .await?;
        seen.market = seen.market.max(Some(newest));
        report.took = start.elapsed();
        Ok(report)
    }
}

/// The shards of those who listen to everything of a kind.
fn whole(shard: fn(u8) -> AudienceShard) -> impl Iterator<Item = AudienceShard> {
    (0..AudienceShard::LISTENER_SHARDS).map(shard)
}

#[cfg(test)]
mod tests;
