use domain::market::{Quote, Tally};
use domain::{Price, PriceMove, PriceUpdate, Shareholder, Tick};

use super::roster::Roster;
use crate::Result;
use crate::publisher::{Published, TickBatch};

/// A tick whose prices are computed and encoded, so that at its boundary only publishing is left.
pub struct PreparedTick {
    tick: Tick,
    batch: Box<dyn TickBatch>,
    tally: Tally,
    shareholders: u64,
    summed_up: bool,
}

/// Computes and encodes the prices of every shareholder at a tick: hundreds of nanoseconds each, so for a
/// large market this belongs on a thread that may block.
#[must_use]
pub fn prepare_tick(roster: &Roster, tick: Tick, batch: Box<dyn TickBatch>) -> PreparedTick {
    let mut prepared = PreparedTick {
        tick,
        batch,
        tally: Tally::default(),
        shareholders: 0,
        summed_up: false,
    };
    for shareholder in roster.shareholders() {
        prepared.add(shareholder);
    }
    prepared
}

impl PreparedTick {
    /// The tick.
    #[must_use]
    pub fn tick(&self) -> Tick {
        self.tick
    }

    /// How many shareholders have a price in it.
    #[must_use]
    pub fn shareholders(&self) -> u64 {
        self.shareholders
    }

    /// Adds a shareholder, if there is a price to publish for him at this tick yet.
    pub(super) fn add(&mut self, shareholder: &Shareholder) {
        let Some(price) = add_price(self.batch.as_mut(), shareholder, self.tick) else {
            return;
        };
        self.shareholders += 1;
        if shareholder.is_listed_at(self.tick) {
            let (user_id, opening) = (shareholder.user_id(), shareholder.opening_price());
            self.tally.add(Quote {
                user_id,
                opening,
                price,
            });
        }
    }

    /// Publishes the prices and the summary of the market; returns when all are acknowledged. May be called
    /// again after a failure.
    ///
    /// # Errors
    /// What the broker's adapter fails with.
    pub async fn publish(&mut self) -> Result<Published> {
        if !self.summed_up {
            let summary = std::mem::take(&mut self.tally).summary(self.tick);
            self.batch.summary(&summary);
            self.summed_up = true;
        }
        self.batch.publish().await
    }
}

/// Adds one price to a batch and returns it; none before the first tick published for the shareholder.
pub(super) fn add_price(
    batch: &mut dyn TickBatch,
    shareholder: &Shareholder,
    tick: Tick,
) -> Option<Price> {
    if tick < shareholder.first_published_tick() {
        return None;
    }
    let PriceMove { previous, price } = shareholder.move_at(tick);
    batch.price(&PriceUpdate {
        user_id: shareholder.user_id(),
        tick,
        price,
        previous,
    });
    Some(price)
}
