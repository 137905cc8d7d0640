use app::analytics::UserPrices;
use async_graphql::{ID, SimpleObject};
use domain::{Bucket, MeanChange, Price, Statistics, Step};

use crate::change::ChangeObject;
use crate::scalars::{DateTime, Decimal};

/// What all saved snapshots of a user amount to.
#[derive(SimpleObject)]
pub(crate) struct Analytics {
    /// How many there are.
    count: u64,
    /// The first one saved.
    first_snapshot: Option<SnapshotPoint>,
    /// The last one saved.
    last_snapshot: Option<SnapshotPoint>,
    /// The mean of the changes from each snapshot to the next, with four places.
    average_change: Option<ChangeObject>,
    /// The best of these changes.
    best_change: Option<PriceStep>,
    /// The worst of these changes.
    worst_change: Option<PriceStep>,
    /// The lowest price.
    minimum: Option<Decimal>,
    /// The highest price.
    maximum: Option<Decimal>,
    /// The sample standard deviation of these changes in percent, with four places, once there are three snapshots.
    volatility: Option<Decimal>,
}

/// The price of a snapshot.
#[derive(SimpleObject)]
pub(crate) struct SnapshotPoint {
    /// The snapshot's id.
    id: ID,
    /// The tick of the price.
    tick: u64,
    /// When the snapshot was asked for.
    requested_at: DateTime,
    /// The price.
    price: Decimal,
}

/// From the price of one snapshot to that of the next.
#[derive(SimpleObject)]
pub(crate) struct PriceStep {
    /// The earlier price.
    #[graphql(name = "from")]
    earlier: Decimal,
    /// The later price.
    #[graphql(name = "to")]
    later: Decimal,
    /// The difference.
    change: ChangeObject,
}

/// Prices of a period in brief.
#[derive(SimpleObject)]
pub(crate) struct PriceSeries {
    /// The first tick; null if the period has no prices.
    first_tick: Option<u64>,
    /// The last tick; null if the period has no prices.
    last_tick: Option<u64>,
    /// How many ticks a bucket has, but for the first and the last, which the period may cut.
    ticks_per_bucket: u64,
    /// The buckets, ascending. Each ends where the next begins, the last with the period.
    buckets: Vec<PriceBucket>,
}

/// The prices of some consecutive ticks in brief.
#[derive(SimpleObject)]
pub(crate) struct PriceBucket {
    /// The first of the ticks.
    tick: u64,
    /// When it began.
    at: DateTime,
    /// The price at the first tick.
    open: Decimal,
    /// The highest price.
    high: Decimal,
    /// The lowest price.
    low: Decimal,
    /// The price at the last tick.
    close: Decimal,
}

impl From<Option<&Statistics>> for Analytics {
    fn from(all: Option<&Statistics>) -> Self {
        let step = |step: fn(&Statistics) -> Option<Step>| all.and_then(step).map(PriceStep::from);
        let price = |price: fn(&Statistics) -> Price| all.map(price).map(Decimal::of);
        let mean = all.and_then(Statistics::mean_change);
        Self {
            count: all.map_or(0, |all| all.count),
            first_snapshot: all.map(|all| all.first.into()),
            last_snapshot: all.map(|all| all.last.into()),
            average_change: mean.map(|MeanChange { absolute, percent }| ChangeObject {
                absolute: Decimal::of(absolute),
                percent: Decimal::of(percent),
            }),
            best_change: step(|all| all.best),
            worst_change: step(|all| all.worst),
            minimum: price(|all| all.min),
            maximum: price(|all| all.max),
            volatility: all.and_then(Statistics::volatility).map(Decimal::of),
        }
    }
}

impl From<domain::Snapshot> for SnapshotPoint {
    fn from(snapshot: domain::Snapshot) -> Self {
        Self {
            id: snapshot.id.to_string().into(),
            tick: snapshot.id.tick().get(),
            requested_at: DateTime::at_ms(snapshot.id.requested_at_ms()),
            price: Decimal::of(snapshot.price),
        }
    }
}

impl From<Step> for PriceStep {
    fn from(step: Step) -> Self {
        Self {
            earlier: Decimal::of(step.from),
            later: Decimal::of(step.to),
            change: step.change().into(),
        }
    }
}

impl From<&UserPrices> for PriceSeries {
    fn from(prices: &UserPrices) -> Self {
        let series = &prices.series;
        Self {
            first_tick: series.buckets.first().map(|bucket| bucket.tick.get()),
            last_tick: prices.last_tick.map(|tick| tick.get()),
            ticks_per_bucket: series.ticks_per_bucket,
            buckets: series.buckets.iter().map(PriceBucket::from).collect(),
        }
    }
}

impl From<&Bucket> for PriceBucket {
    fn from(bucket: &Bucket) -> Self {
        Self {
            tick: bucket.tick.get(),
            at: DateTime::at_ms(bucket.tick.starts_at_ms()),
            open: Decimal::of(bucket.open),
            high: Decimal::of(bucket.high),
            low: Decimal::of(bucket.low),
            close: Decimal::of(bucket.close),
        }
    }
}
