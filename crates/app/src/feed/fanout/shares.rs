//! Which parts of a batch each outlet gets.

use std::collections::HashMap;

use domain::{Shard, Tick};

use super::audience_cache::AudienceCache;
use super::batch::{MarketBatch, PriceBatch};
use super::outlets::Slot;

/// The parts of a batch that one outlet gets. Outlets with the same share get the same, which is made once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Share {
    /// Ticks of which it gets all users, as indexes into the batch's ticks, ascending.
    pub(super) whole_ticks: Vec<u32>,
    /// Other records that it gets, as indexes, ascending.
    pub(super) records: Vec<u32>,
}

pub(super) type Shares = HashMap<Slot, Share>;

impl Share {
    /// Adds a record, unless the share holds it. Records must come in ascending order.
    fn add_record(&mut self, record: u32, tick: u32) {
        if self.records.last() != Some(&record) && self.whole_ticks.binary_search(&tick).is_err() {
            self.records.push(record);
        }
    }
}

/// Works out who gets which prices.
pub(super) fn share_prices(cache: &AudienceCache, batch: &PriceBatch<'_>) -> Shares {
    let mut shares = Shares::new();
    for listener in cache.listeners_of_all() {
        for (tick, index) in batch.ticks().zip(0..) {
            if listener.wants(tick) {
                let share = shares.entry(listener.slot).or_default();
                share.whole_ticks.push(index);
            }
        }
    }
    for share in shares.values_mut() {
        // A connection may have several raw subscriptions to all users.
        share.whole_ticks.sort_unstable();
        share.whole_ticks.dedup();
    }
    let mut tick: Option<(Tick, u32)> = None;
    for (record, index) in batch.records.iter().zip(0..) {
        let tick_index = match tick {
            None => 0,
            Some((last, number)) => number + u32::from(last != record.tick),
        };
        tick = Some((record.tick, tick_index));
        for listener in cache.listeners_of(Shard::of(record.user_id), record.user_id) {
            if listener.wants(record.tick) {
                let share = shares.entry(listener.slot).or_default();
                share.add_record(index, tick_index);
            }
        }
    }
    shares
}

/// Works out who gets which summaries.
pub(super) fn share_market(cache: &AudienceCache, batch: &MarketBatch<'_>) -> Shares {
    let mut shares = Shares::new();
    for (summary, index) in batch.summaries.iter().zip(0..) {
        for listener in cache.listeners_of_market() {
            if listener.wants(summary.tick) {
                let share = shares.entry(listener.slot).or_default();
                share.add_record(index, index);
            }
        }
    }
    shares
}

/// Gives everybody who listens to registrations all of them.
pub(super) fn share_registrations(cache: &AudienceCache) -> Shares {
    cache
        .listeners_of_registrations()
        .map(|listener| (listener.slot, Share::default()))
        .collect()
}
