//! Which parts of a batch each target gets.

use std::collections::HashMap;

use domain::{Shard, Tick};

use super::audience_cache::AudienceCache;
use super::batch::{MarketBatch, PriceBatch};
use super::share::Share;
use super::targets::TargetId;

pub(super) type Shares = HashMap<TargetId, Share>;

/// Works out who gets which prices.
pub(super) fn share_prices(cache: &AudienceCache, batch: &PriceBatch<'_>) -> Shares {
    let mut shares = Shares::new();
    for listener in cache.listeners_of_all() {
        for (tick, index) in batch.ticks().zip(0..) {
            if listener.wants(tick) {
                let share = shares.entry(listener.target).or_default();
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
    for (update, index) in batch.updates.iter().zip(0..) {
        let tick_index = match tick {
            None => 0,
            Some((last, number)) => number + u32::from(last != update.tick),
        };
        tick = Some((update.tick, tick_index));
        for listener in cache.listeners_of(Shard::of(update.user_id), update.user_id) {
            if listener.wants(update.tick) {
                let share = shares.entry(listener.target).or_default();
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
                let share = shares.entry(listener.target).or_default();
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
        .map(|listener| (listener.target, Share::default()))
        .collect()
}
