use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use domain::market::Summary;
use domain::{Shard, Tick};

use super::audience_cache::{AudienceCache, Slot};
use super::{EncodeFrames, Frame, PriceRecord};

/// What one connection gets of a batch, in this order.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) slot: Slot,
    pub(super) frames: Arc<[Frame]>,
}

/// The parts of a batch that one connection gets. Connections with the same share get the same frames,
/// which are built once.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct Share {
    /// Ticks of which it gets all users, as indexes into the batch's ticks, ascending.
    whole_ticks: Vec<u32>,
    /// Other records that it gets, as indexes, ascending.
    records: Vec<u32>,
}

/// Works out who gets which of these records, which must be sorted by tick and user and be unique.
pub(super) fn plan_prices(
    cache: &AudienceCache,
    records: &[PriceRecord],
    encode: &dyn EncodeFrames,
) -> Vec<Delivery> {
    let ticks = tick_ranges(records);
    let mut shares: HashMap<Slot, Share> = HashMap::new();
    for listener in cache.listeners_of_all() {
        for (tick, index) in ticks.iter().map(|(tick, _)| *tick).zip(0..) {
            if listener.wants(tick) {
                shares
                    .entry(listener.slot)
                    .or_default()
                    .whole_ticks
                    .push(index);
            }
        }
    }
    for share in shares.values_mut() {
        // A connection may have several subscriptions to all users.
        share.whole_ticks.sort_unstable();
        share.whole_ticks.dedup();
    }
    let mut index = 0;
    for ((tick, range), tick_index) in ticks.iter().zip(0..) {
        for record in &records[range.clone()] {
            for listener in cache.listeners_of(Shard::of(record.user_id), record.user_id) {
                if listener.wants(*tick) {
                    shares
                        .entry(listener.slot)
                        .or_default()
                        .add_record(index, tick_index);
                }
            }
            index += 1;
        }
    }
    deliveries(cache, shares, |share| {
        encode.prices(&share.select(records, &ticks))
    })
}

/// Works out who gets which of these summaries, which must be sorted by tick and be unique.
pub(super) fn plan_market(
    cache: &AudienceCache,
    summaries: &[Summary],
    encode: &dyn EncodeFrames,
) -> Vec<Delivery> {
    let mut shares: HashMap<Slot, Share> = HashMap::new();
    for (summary, index) in summaries.iter().zip(0..) {
        for listener in cache.listeners_of_market() {
            if listener.wants(summary.tick) {
                shares
                    .entry(listener.slot)
                    .or_default()
                    .add_record(index, index);
            }
        }
    }
    deliveries(cache, shares, |share| {
        let selected: Vec<_> = share
            .records
            .iter()
            .map(|&i| &summaries[i as usize])
            .collect();
        encode.market(&selected)
    })
}

/// Gives everybody who listens to registrations all of these frames.
pub(super) fn plan_registrations(cache: &AudienceCache, frames: &[Frame]) -> Vec<Delivery> {
    let listeners: HashSet<Slot> = cache
        .listeners_of_registrations()
        .map(|listener| listener.slot)
        .filter(|slot| cache.connection(*slot).is_some())
        .collect();
    let frames: Arc<[Frame]> = frames.into();
    let delivery = |slot| Delivery {
        slot,
        frames: Arc::clone(&frames),
    };
    listeners.into_iter().map(delivery).collect()
}

impl Share {
    /// Adds a record, unless the share holds it. Records must come in ascending order.
    fn add_record(&mut self, record: u32, tick: u32) {
        if self.records.last() != Some(&record) && self.whole_ticks.binary_search(&tick).is_err() {
            self.records.push(record);
        }
    }

    fn select(&self, records: &[PriceRecord], ticks: &[(Tick, Range<usize>)]) -> Vec<PriceRecord> {
        let mut selected: Vec<_> = self.records.iter().map(|&i| records[i as usize]).collect();
        if !self.whole_ticks.is_empty() {
            for &tick in &self.whole_ticks {
                selected.extend_from_slice(&records[ticks[tick as usize].1.clone()]);
            }
            selected.sort_unstable_by_key(PriceRecord::order);
        }
        selected
    }
}

fn deliveries(
    cache: &AudienceCache,
    shares: HashMap<Slot, Share>,
    build: impl Fn(&Share) -> Vec<Frame>,
) -> Vec<Delivery> {
    let mut built: HashMap<Share, Arc<[Frame]>> = HashMap::new();
    let mut deliveries = Vec::with_capacity(shares.len());
    for (slot, share) in shares {
        if cache.connection(slot).is_none() {
            continue;
        }
        let frames = match built.get(&share) {
            Some(frames) => Arc::clone(frames),
            None => {
                let frames: Arc<[Frame]> = build(&share).into();
                built.insert(share, Arc::clone(&frames));
                frames
            }
        };
        deliveries.push(Delivery { slot, frames });
    }
    deliveries
}

/// The ticks of sorted records, each with where its records are.
fn tick_ranges(records: &[PriceRecord]) -> Vec<(Tick, Range<usize>)> {
    let mut start = 0;
    let chunks = records.chunk_by(|a, b| a.tick == b.tick);
    chunks
        .map(|chunk| {
            let range = start..start + chunk.len();
            start = range.end;
            (chunk[0].tick, range)
        })
        .collect()
}
