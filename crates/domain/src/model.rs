//! The price model.

mod draw;
mod normal;
mod series;
#[cfg(test)]
mod tests;
mod walk;

use std::fmt;
use std::iter::FusedIterator;
use std::ops::RangeInclusive;

pub use self::series::{Bucket, Series};

use self::draw::{MasterKey, Purpose};
use self::walk::{Cursor, Walk};
use crate::market::LISTED_AFTER_TICKS;
use crate::{Price, Tick, UserId};

/// Prices as a pure function of (secret, shareholder, tick): no state, no history, no clock.
#[derive(Clone, Copy)]
pub struct PriceModel {
    key: MasterKey,
}

impl PriceModel {
    /// The version of the model. It goes into every key, so that another version gives unrelated
    /// prices; it changes whenever any price would.
    pub const VERSION: u8 = 1;
    /// The fewest bytes that a secret should have. It is condensed to 128 bits, so a random text of
    /// this length leaves no doubt that they are all there.
    pub const MIN_SECRET_BYTES: usize = 32;

    /// The model under a secret. Who knows the secret knows all prices to come.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self {
            key: MasterKey::from_secret(secret),
        }
    }

    /// Prepares the prices of one shareholder: costs little more than one price.
    #[must_use]
    pub fn shareholder(&self, user_id: UserId) -> Shareholder {
        let opening_tick = Tick::at_ms(user_id.registered_at_ms());
        let opening = self
            .key
            .derive(Purpose::OpeningPrice, user_id)
            .opening_price();
        let walk = Walk::new(self.key.derive(Purpose::Walk, user_id));
        let origin = walk.at(opening_tick.get());
        Shareholder {
            user_id,
            opening_tick,
            opening,
            origin,
            walk,
        }
    }
}

impl fmt::Debug for PriceModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PriceModel")
            .field("version", &Self::VERSION)
            .finish_non_exhaustive()
    }
}

/// One shareholder's prices: 56 bytes that know every price there ever was and will be.
#[derive(Clone, Copy)]
pub struct Shareholder {
    user_id: UserId,
    opening_tick: Tick,
    opening: Price,
    /// The walk at the opening tick.
    origin: f64,
    walk: Walk,
}

/// A price with the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceMove {
    /// The price one tick earlier.
    pub previous: Price,
    /// The price at the tick.
    pub price: Price,
}

impl Shareholder {
    /// Whose prices these are.
    #[must_use]
    pub const fn user_id(&self) -> UserId {
        self.user_id
    }

    /// The price assigned at registration, from 50.00 to 500.00.
    #[must_use]
    pub const fn opening_price(&self) -> Price {
        self.opening
    }

    /// The tick of registration. The price moves, and is published, from the next one on.
    #[must_use]
    pub const fn opening_tick(&self) -> Tick {
        self.opening_tick
    }

    /// The first tick whose price is published.
    #[must_use]
    pub const fn first_published_tick(&self) -> Tick {
        self.opening_tick.next()
    }

    /// Whether the market counts this shareholder at a tick.
    #[must_use]
    pub fn is_listed_at(&self, tick: Tick) -> bool {
        tick >= self.opening_tick.plus(LISTED_AFTER_TICKS)
    }

    /// The price at a tick; up to the opening tick it is the opening price.
    #[must_use]
    pub fn price_at(&self, tick: Tick) -> Price {
        if tick <= self.opening_tick {
            return self.opening;
        }
        self.price_from(self.walk.at(tick.get()))
    }

    /// The price at a tick with the one before: equal to two calls of [`Shareholder::price_at`] at the
    /// cost of one.
    #[must_use]
    pub fn move_at(&self, tick: Tick) -> PriceMove {
        if tick <= self.opening_tick {
            return PriceMove {
                previous: self.opening,
                price: self.opening,
            };
        }
        let (previous, walk) = self.walk.step_to(tick.get());
        PriceMove {
            previous: self.price_from(previous),
            price: self.price_from(walk),
        }
    }

    /// The prices of consecutive ticks, equal to [`Shareholder::price_at`] of each, at a fraction of the
    /// cost.
    #[must_use]
    pub fn prices(&self, ticks: RangeInclusive<Tick>) -> Prices {
        let left = (!ticks.is_empty()).then(|| (*ticks.start(), *ticks.end()));
        Prices {
            shareholder: *self,
            left,
            cursor: None,
        }
    }

    fn price_from(&self, walk: f64) -> Price {
        Price::nearest(self.opening.cents() as f64 * libm::exp(walk - self.origin))
    }
}

impl fmt::Debug for Shareholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shareholder")
            .field("user_id", &self.user_id)
            .field("opening_tick", &self.opening_tick)
            .field("opening", &self.opening)
            .finish_non_exhaustive()
    }
}

/// The prices of consecutive ticks, ascending; made by [`Shareholder::prices`].
#[derive(Clone)]
pub struct Prices {
    shareholder: Shareholder,
    /// The next tick and the last one, until the last has been given out.
    left: Option<(Tick, Tick)>,
    /// At the next tick, once the walk has left the opening tick.
    cursor: Option<Cursor>,
}

impl Iterator for Prices {
    type Item = (Tick, Price);

    fn next(&mut self) -> Option<Self::Item> {
        let (tick, last) = self.left?;
        self.left = (tick < last).then(|| (tick.next(), last));
        let shareholder = &self.shareholder;
        if tick <= shareholder.opening_tick {
            return Some((tick, shareholder.opening));
        }
        let walk = match &mut self.cursor {
            Some(cursor) => cursor.advance(&shareholder.walk),
            None => self
                .cursor
                .insert(shareholder.walk.cursor(tick.get()))
                .value(),
        };
        Some((tick, shareholder.price_from(walk)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let Some((next, last)) = self.left else {
            return (0, Some(0));
        };
        match usize::try_from(last.get() - next.get())
            .ok()
            .and_then(|more| more.checked_add(1))
        {
            Some(exact) => (exact, Some(exact)),
            None => (usize::MAX, None),
        }
    }
}

impl FusedIterator for Prices {}

impl fmt::Debug for Prices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prices")
            .field("shareholder", &self.shareholder)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
