//! What a batch holds, as frames of the raw feed and as events that operations are executed for.

use std::ops::Range;

use domain::Tick;
use domain::market::Summary;

use super::share::Share;
use super::{EncodeFrames, Frame, Newcomer, PriceRecord};
use crate::LiveEvent;
use crate::session::TickPrices;

/// What of a batch those get who have the same share of it.
pub(super) trait Batch: Sync {
    /// As frames of the raw feed.
    fn frames(&self, share: &Share) -> Vec<Frame>;

    /// As events, in the order in which they happened.
    fn events(&self, share: &Share) -> Vec<LiveEvent>;
}

/// Prices, sorted by tick and user, each once.
pub(super) struct PriceBatch<'a> {
    pub(super) records: &'a [PriceRecord],
    /// With where their records are.
    ticks: Vec<(Tick, Range<usize>)>,
    encode: &'a dyn EncodeFrames,
}

impl<'a> PriceBatch<'a> {
    pub(super) fn new(records: &'a [PriceRecord], encode: &'a dyn EncodeFrames) -> Self {
        let mut start = 0;
        let chunks = records.chunk_by(|a, b| a.tick == b.tick);
        let ticks = chunks
            .map(|chunk| {
                let range = start..start + chunk.len();
                start = range.end;
                (chunk[0].tick, range)
            })
            .collect();
        Self {
            records,
            ticks,
            encode,
        }
    }

    /// Ascending.
    pub(super) fn ticks(&self) -> impl Iterator<Item = Tick> {
        self.ticks.iter().map(|(tick, _)| *tick)
    }

    /// Sorted as the batch is.
    fn select(&self, share: &Share) -> Vec<PriceRecord> {
        let records = share.records.iter();
        let mut selected: Vec<_> = records.map(|&i| self.records[i as usize]).collect();
        if !share.whole_ticks.is_empty() {
            for &tick in &share.whole_ticks {
                let (_, range) = &self.ticks[tick as usize];
                selected.extend_from_slice(&self.records[range.clone()]);
            }
            selected.sort_unstable_by_key(PriceRecord::order);
        }
        selected
    }
}

impl Batch for PriceBatch<'_> {
    fn frames(&self, share: &Share) -> Vec<Frame> {
        self.encode.prices(&self.select(share))
    }

    fn events(&self, share: &Share) -> Vec<LiveEvent> {
        let event = |records: &[PriceRecord]| LiveEvent::Prices {
            prices: TickPrices {
                tick: records[0].tick,
                prices: records
                    .iter()
                    .map(|record| (record.user_id, record.price))
                    .collect(),
            },
            replay: None,
        };
        let selected = self.select(share);
        selected
            .chunk_by(|a, b| a.tick == b.tick)
            .map(event)
            .collect()
    }
}

/// Market summaries, sorted by tick, each once.
pub(super) struct MarketBatch<'a> {
    pub(super) summaries: &'a [Summary],
    pub(super) encode: &'a dyn EncodeFrames,
}

impl MarketBatch<'_> {
    fn select(&self, share: &Share) -> impl Iterator<Item = &Summary> {
        let summaries = share.records.iter();
        summaries.map(|&i| &self.summaries[i as usize])
    }
}

impl Batch for MarketBatch<'_> {
    fn frames(&self, share: &Share) -> Vec<Frame> {
        self.encode.market(&self.select(share).collect::<Vec<_>>())
    }

    fn events(&self, share: &Share) -> Vec<LiveEvent> {
        let event = |summary: &Summary| LiveEvent::Market {
            summary: summary.clone(),
            replay: None,
        };
        self.select(share).map(event).collect()
    }
}

/// Registrations, each once: everybody gets all.
pub(super) struct RegistrationBatch<'a> {
    pub(super) newcomers: &'a [Newcomer],
    pub(super) encode: &'a dyn EncodeFrames,
}

impl Batch for RegistrationBatch<'_> {
    fn frames(&self, _: &Share) -> Vec<Frame> {
        self.encode.registrations(self.newcomers)
    }

    fn events(&self, _: &Share) -> Vec<LiveEvent> {
        let newcomers = self.newcomers.iter().cloned();
        newcomers.map(LiveEvent::Registered).collect()
    }
}
