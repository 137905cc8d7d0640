//! What a batch holds, as frames of the raw feed and as events that operations are executed for.

use std::ops::Range;

use domain::market::Summary;
use domain::{PriceUpdate, Tick};

use super::share::Share;
use crate::encode::EncodeFrames;
use crate::event::{LiveEvent, Newcomer, TickPrices};
use crate::frame::Frame;

/// What of a batch those get who have the same share of it.
pub(super) trait FeedBatch: Sync {
    /// As frames of the raw feed.
    fn frames(&self, share: &Share) -> Vec<Frame>;

    /// As events, in the order in which they happened.
    fn events(&self, share: &Share) -> Vec<LiveEvent>;
}

/// Prices, sorted by tick and user, each once.
pub(super) struct PriceBatch<'a> {
    pub(super) updates: &'a [PriceUpdate],
    /// With where their updates are.
    ticks: Vec<(Tick, Range<usize>)>,
    resume: Option<Tick>,
    encode: &'a dyn EncodeFrames,
}

impl<'a> PriceBatch<'a> {
    /// `resume` is the tick from which a client may resume that has got its part of the batch.
    pub(super) fn new(
        updates: &'a [PriceUpdate],
        resume: Option<Tick>,
        encode: &'a dyn EncodeFrames,
    ) -> Self {
        let mut start = 0;
        let chunks = updates.chunk_by(|a, b| a.tick == b.tick);
        let ticks = chunks
            .map(|chunk| {
                let range = start..start + chunk.len();
                start = range.end;
                (chunk[0].tick, range)
            })
            .collect();
        Self {
            updates,
            ticks,
            resume,
            encode,
        }
    }

    /// Ascending.
    pub(super) fn ticks(&self) -> impl Iterator<Item = Tick> {
        self.ticks.iter().map(|(tick, _)| *tick)
    }

    /// Sorted as the batch is.
    fn select(&self, share: &Share) -> Vec<TickPrices> {
        let price = |update: &PriceUpdate| (update.user_id, update.price);
        let whole = share.whole_ticks.iter().map(|&index| {
            let (tick, range) = &self.ticks[index as usize];
            let prices = self.updates[range.clone()].iter().map(price).collect();
            TickPrices {
                tick: *tick,
                prices,
            }
        });
        let tick_of = |index: &u32| self.updates[*index as usize].tick;
        let partial = share.records.chunk_by(|a, b| tick_of(a) == tick_of(b));
        let partial = partial.map(|same| TickPrices {
            tick: tick_of(&same[0]),
            prices: same
                .iter()
                .map(|&index| price(&self.updates[index as usize]))
                .collect(),
        });
        let mut selected: Vec<_> = whole.chain(partial).collect();
        selected.sort_unstable_by_key(|prices| prices.tick);
        selected
    }
}

impl FeedBatch for PriceBatch<'_> {
    fn frames(&self, share: &Share) -> Vec<Frame> {
        self.encode.prices(&self.select(share), self.resume)
    }

    fn events(&self, share: &Share) -> Vec<LiveEvent> {
        let event = |prices| LiveEvent::Prices {
            prices,
            resume: self.resume,
            replay: None,
        };
        self.select(share).into_iter().map(event).collect()
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

impl FeedBatch for MarketBatch<'_> {
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

impl FeedBatch for RegistrationBatch<'_> {
    fn frames(&self, _: &Share) -> Vec<Frame> {
        self.encode.registrations(self.newcomers)
    }

    fn events(&self, _: &Share) -> Vec<LiveEvent> {
        let newcomers = self.newcomers.iter().cloned();
        newcomers.map(LiveEvent::Registered).collect()
    }
}
