//! The fan-out: which connection gets what of a batch of prices, and getting it there.
//!
//! Posts are what counts, so all that a batch holds for a connection goes out in one frame (or as few as
//! fit), built once for all connections that get the same.

mod audience_cache;
mod departed;
mod encode;
mod plan;
mod post;
mod registrations;
mod report;
mod seen;

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::market::Summary;
use domain::{Price, Shard, Tick, UserId};
use tokio::sync::Mutex;
use tokio::time::Instant;

use self::audience_cache::AudienceCache;
use self::departed::Departed;
use self::plan::{Delivery, plan_market, plan_prices};
use self::post::post;
use self::seen::Seen;
use crate::Result;
use crate::feed::{AudienceShard, ReadAudience};

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
    audience: Arc<dyn ReadAudience>,
    encode: Arc<dyn EncodeFrames>,
    push: Arc<dyn PushFrames>,
    state: Mutex<State>,
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
    pub fn new(
        audience: Arc<dyn ReadAudience>,
        encode: Arc<dyn EncodeFrames>,
        push: Arc<dyn PushFrames>,
    ) -> Self {
        Self {
            audience,
            encode,
            push,
            state: Mutex::default(),
        }
    }

    /// Sends a batch of prices, in any order. `now_ms` is the present instant in Unix milliseconds.
    ///
    /// A price that is not newer than what this process has sent of its user is left out, so that a
    /// batch that is delivered twice is sent once, and ticks ascend on every connection.
    ///
    /// # Errors
    /// If the audience can't be read. Nothing has been sent then, and the batch should be tried again.
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
        let (shard_reads, alert_versions) = cache.refresh(&shards, &*self.audience).await?;
        let audience_took = start.elapsed();

        let (wanted, repeated) = seen.fresh_prices(sharded, cache);
        let deliveries = plan_prices(cache, &wanted, &*self.encode);
        let mut report = FanoutReport::new(records.len(), newest, now_ms);
        report.repeated = repeated;
        report.shard_reads = shard_reads;
        report.audience_took = audience_took;
        report.alert_versions = alert_versions;
        self.deliver(cache, departed, deliveries, &mut report).await;
        seen.remember_prices(&wanted);
        report.took = start.elapsed();
        Ok(report)
    }

    /// Sends market summaries, in any order, as [`Self::fan_out_prices`] does prices.
    ///
    /// # Errors
    /// If the audience can't be read. Nothing has been sent then.
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
        let (shard_reads, _) = cache.refresh(&shards, &*self.audience).await?;
        let audience_took = start.elapsed();

        summaries.retain(|summary| Some(summary.tick) > seen.market);
        let deliveries = plan_market(cache, &summaries, &*self.encode);
        let mut report = FanoutReport::new(records, newest, now_ms);
        report.repeated = records - summaries.len();
        report.shard_reads = shard_reads;
        report.audience_took = audience_took;
        self.deliver(cache, departed, deliveries, &mut report).await;
        seen.market = seen.market.max(Some(newest));
        report.took = start.elapsed();
        Ok(report)
    }

    async fn deliver(
        &self,
        cache: &mut AudienceCache,
        departed: &mut Departed,
        deliveries: Vec<Delivery>,
        report: &mut FanoutReport,
    ) {
        let start = Instant::now();
        report.connections = deliveries.len();
        let outcome = post(&*self.push, cache, deliveries).await;
        report.posting_took = start.elapsed();
        for &slot in &outcome.gone {
            departed.extend(cache.connection(slot).cloned());
            cache.forget(slot);
        }
        report.add(&outcome);
        departed.remove_some(&*self.audience).await;
    }
}

/// The shards of those who listen to everything of a kind.
fn whole(shard: fn(u8) -> AudienceShard) -> impl Iterator<Item = AudienceShard> {
    (0..AudienceShard::LISTENER_SHARDS).map(shard)
}

#[cfg(test)]
mod tests;
