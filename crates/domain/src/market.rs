//! The market as a whole: how all shareholders stand at one tick.

use crate::{Change, Percent, Price, Tick, UserId};

/// Ticks from a shareholder's opening tick until the market counts them. The first is published for the
/// shareholder alone; by the second, every instance that ticks has met the newcomer.
pub const LISTED_AFTER_TICKS: u64 = 2;

/// How one shareholder stands at a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// Whose share.
    pub user_id: UserId,
    /// The price at registration.
    pub opening: Price,
    /// The price at the tick.
    pub price: Price,
}

/// A shareholder who stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mover {
    /// Whose share.
    pub user_id: UserId,
    /// The price at the tick.
    pub price: Price,
    /// The change since the opening price.
    pub change_percent: Percent,
}

/// The market at one tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Which tick.
    pub tick: Tick,
    /// How many shareholders the market counts.
    pub shareholders: u64,
    /// The mean of their prices to the nearest cent; none while the market counts nobody.
    pub mean: Option<Price>,
    /// Who gained most since their opening price, the most first, equals by user id; up to
    /// [`Summary::MOVERS`].
    pub gainers: Vec<Mover>,
    /// Who lost most since their opening price, the most first, equals by user id; up to
    /// [`Summary::MOVERS`].
    pub losers: Vec<Mover>,
}

impl Summary {
    /// How many gainers and losers are named at most.
    pub const MOVERS: usize = 10;

    /// Sums the market up, in any order of the quotes.
    #[must_use]
    pub fn of(tick: Tick, quotes: impl IntoIterator<Item = Quote>) -> Self {
        let mut tally = Tally::default();
        for quote in quotes {
            tally.add(quote);
        }
        tally.summary(tick)
    }
}

/// Adds up a market quote by quote: constant memory, and constant work for all but the few quotes that
/// make it among the movers. Tallies of parts of the market can be merged.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    shareholders: u64,
    cents: u128,
    gainers: Vec<Mover>,
    losers: Vec<Mover>,
}

impl Tally {
    /// Counts one shareholder.
    pub fn add(&mut self, quote: Quote) {
        self.shareholders += 1;
        self.cents += u128::from(quote.price.cents());
        let change_percent = Change::between(quote.opening, quote.price).percent;
        let mover = Mover {
            user_id: quote.user_id,
            price: quote.price,
            change_percent,
        };
        self.rank(mover);
    }

    /// Adds what another tally has counted.
    pub fn merge(&mut self, other: Self) {
        self.shareholders += other.shareholders;
        self.cents += other.cents;
        for mover in other.gainers.into_iter().chain(other.losers) {
            self.rank(mover);
        }
    }

    /// The result.
    #[must_use]
    pub fn summary(self, tick: Tick) -> Summary {
        let shareholders = u128::from(self.shareholders);
        let mean = (self.cents + shareholders / 2).checked_div(shareholders);
        let mean = mean.map(|cents| {
            let price = u64::try_from(cents).ok().and_then(Price::from_cents);
            price.expect("BUG: the mean of prices lies between the lowest and the highest of them")
        });
        Summary {
            tick,
            shareholders: self.shareholders,
            mean,
            gainers: self.gainers,
            losers: self.losers,
        }
    }

    fn rank(&mut self, mover: Mover) {
        let hundredths = mover.change_percent.hundredths();
        if hundredths > 0 {
            keep_among_first(&mut self.gainers, mover, |m| {
                (-m.change_percent.hundredths(), m.user_id)
            });
        } else if hundredths < 0 {
            keep_among_first(&mut self.losers, mover, |m| {
                (m.change_percent.hundredths(), m.user_id)
            });
        }
    }
}

/// Keeps `first` the up to [`Summary::MOVERS`] movers of lowest `key`, sorted.
fn keep_among_first<K: Ord>(first: &mut Vec<Mover>, mover: Mover, key: impl Fn(&Mover) -> K) {
    if first.len() == Summary::MOVERS {
        if first.last().is_some_and(|last| key(last) <= key(&mover)) {
            return;
        }
        first.pop();
    }
    let position = first.partition_point(|other| key(other) <= key(&mover));
    first.insert(position, mover);
}

#[cfg(test)]
mod tests;
