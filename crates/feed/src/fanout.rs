//! The fan-out: which connection gets what of a batch of prices, and getting it there.
//!
//! Posts are what counts, so all that a batch holds for a connection's raw feed goes out in one frame (or as few as
//! fit), built once for all connections that get the same. Subscriptions to an operation get a frame for each event,
//! and the operation is executed once for all who get the same.

mod audience_cache;
mod batch;
mod deliver;
mod plan;
mod post;
mod registrations;
mod report;
mod share;
mod shares;
mod targets;
mod watermarks;

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::market::Summary;
use domain::{PriceUpdate, Shard};
use tokio::sync::Mutex;
use tokio::time::Instant;

use self::audience_cache::AudienceCache;
use self::batch::{MarketBatch, PriceBatch};
use self::deliver::Deliverer;
use self::shares::{share_market, share_prices};
use self::watermarks::Watermarks;
use crate::audience::AudienceShard;
use crate::error::{Causes, Result};
use crate::execution::ExecuteOperations;
use crate::ports::FeedPorts;
use crate::progress::{DeliveryProgress, PartitionPosition};
use crate::removal::RemovalQueue;

pub use crate::audience::AlertVersions;
pub use crate::event::Newcomer;
pub use crate::frame::{Frame, MAX_FRAME_BYTES};
pub use report::FanoutReport;

/// Sends batches of prices and market summaries to the connections that subscribed to them. Kept for the
/// life of the process, since it remembers the audience and what has been sent.
pub struct FanOut {
    deliverer: Deliverer,
    state: Mutex<FanOutState>,
}

#[derive(Default)]
struct FanOutState {
    cache: AudienceCache,
    watermarks: Watermarks,
    removals: RemovalQueue,
}

impl FanOut {
    /// A fan-out that remembers nothing yet.
    #[must_use]
    pub fn new(ports: FeedPorts, execute: Arc<dyn ExecuteOperations>) -> Self {
        Self {
            deliverer: Deliverer::new(ports, execute),
            state: Mutex::default(),
        }
    }

    /// Sends a batch of prices, in any order, and gives with the report the versions of the alerts of the batch's shards:
    /// they come with those of the audience, and whoever looks for alerts needs no read of its own. `positions` is where
    /// the batch ends in each of its partitions, `now_ms` the present instant in Unix milliseconds.
    ///
    /// A price that is not newer than what this process has sent of its user is left out, so that a
    /// batch that is delivered twice is sent once, and ticks ascend on every connection.
    ///
    /// # Errors
    /// If the audience, operations or the progress of other partitions can't be read. Nothing has been sent then, and the
    /// batch should be tried again.
    pub async fn fan_out_prices(
        &self,
        updates: &[PriceUpdate],
        positions: &[PartitionPosition],
        now_ms: u64,
    ) -> Result<(FanoutReport, AlertVersions)> {
        let Some(newest) = updates.iter().map(|update| update.tick).max() else {
            return Ok(Default::default());
        };
        let start = Instant::now();
        let mut state = self.state.lock().await;
        let FanOutState {
            cache,
            watermarks,
            removals,
        } = &mut *state;

        let touched = updates.iter().map(|update| Shard::of(update.user_id));
        let touched: BTreeSet<_> = touched.collect();
        let shards: Vec<_> = touched
            .into_iter()
            .map(AudienceShard::Users)
            .chain(whole(AudienceShard::AllUsers))
            .collect();
        let mut report = FanoutReport::new(updates.len(), newest, now_ms);
        let (alert_versions, progress) = tokio::join!(
            self.refresh(cache, &shards, &mut report),
            self.deliverer.progress().progress()
        );
        let (alert_versions, progress) = (alert_versions?, progress?);
        report.resume = progress.resumable_tick();

        let (wanted, repeated) = watermarks.fresh_prices(updates, cache);
        report.repeated = repeated;
        let batch = PriceBatch::new(&wanted, report.resume, self.deliverer.encode());
        let shares = share_prices(cache, &batch);
        let state = (&*cache, removals);
        self.deliverer
            .deliver(state, &batch, shares, now_ms, &mut report)
            .await?;
        watermarks.remember_prices(&wanted);
        self.record_delivered(positions, &progress).await;
        report.took = start.elapsed();
        Ok((report, alert_versions))
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
        let FanOutState {
            cache,
            watermarks,
            removals,
        } = &mut *state;

        let shards: Vec<_> = whole(AudienceShard::Market).collect();
        let mut report = FanoutReport::new(records, newest, now_ms);
        self.refresh(cache, &shards, &mut report).await?;

        summaries.retain(|summary| Some(summary.tick) > watermarks.market);
        let batch = MarketBatch {
            summaries: &summaries,
            encode: self.deliverer.encode(),
        };
        let shares = share_market(cache, &batch);
        report.repeated = records - summaries.len();
        let state = (&*cache, removals);
        self.deliverer
            .deliver(state, &batch, shares, now_ms, &mut report)
            .await?;
        watermarks.market = watermarks.market.max(Some(newest));
        report.took = start.elapsed();
        Ok(report)
    }

    /// Keeps that a batch was sent up to these positions. Should that fail, clients resume from an older tick until the
    /// partition's next batch.
    async fn record_delivered(&self, positions: &[PartitionPosition], known: &DeliveryProgress) {
        let delivered = positions.iter().map(|position| {
            // Prices that newcomers were owed come after those of a newer tick.
            let before = known.delivered_of(position.partition).map(|at| at.tick);
            PartitionPosition {
                tick: before.map_or(position.tick, |tick| tick.max(position.tick)),
                ..*position
            }
        });
        let delivered: Vec<_> = delivered.collect();
        let recording = self.deliverer.progress().record_delivered(&delivered);
        if let Err(error) = recording.await {
            tracing::warn!(
                error = %Causes(&error),
                "what was sent is not recorded, clients resume from an older tick until the next batch"
            );
        }
    }

    /// Makes sure of these shards of the audience, and gives the versions of their users' alerts.
    async fn refresh(
        &self,
        cache: &mut AudienceCache,
        shards: &[AudienceShard],
        report: &mut FanoutReport,
    ) -> Result<AlertVersions> {
        let start = Instant::now();
        let subscriptions = self.deliverer.subscriptions();
        let (shard_reads, alert_versions) = cache.refresh(shards, subscriptions).await?;
        report.shard_reads = shard_reads;
        report.audience_took = start.elapsed();
        Ok(alert_versions)
    }
}

/// The shards of those who listen to everything of a kind.
fn whole(shard: fn(u8) -> AudienceShard) -> impl Iterator<Item = AudienceShard> {
    (0..AudienceShard::LISTENER_SHARDS).map(shard)
}

#[cfg(test)]
mod tests;
