//! Prices of a range of ticks in brief: open, high, low and close of each bucket.

use std::num::NonZeroU64;
use std::ops::RangeInclusive;

use super::Shareholder;
use crate::{Price, Tick};

/// The prices of some consecutive ticks in brief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The first of the ticks.
    pub tick: Tick,
    /// The price at the first tick.
    pub open: Price,
    /// The highest price.
    pub high: Price,
    /// The lowest price.
    pub low: Price,
    /// The price at the last tick.
    pub close: Price,
}

/// The prices of a range of ticks, thinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// How many ticks a bucket has, but for the first and the last, which the range may cut.
    pub ticks_per_bucket: u64,
    /// The buckets, ascending. Each ends where the next begins, the last with the range.
    pub buckets: Vec<Bucket>,
}

/// Where buckets begin.
struct Grid {
    origin: u64,
    length: u64,
}

impl Grid {
    /// Buckets begin at multiples of their length, whatever the range, so that a range that moves on with
    /// the clock keeps the buckets that it had.
    const fn of_length(length: u64) -> Self {
        Self { origin: 0, length }
    }

    /// The finest grid on which a range takes at most so many buckets. Only a single one begins with the range.
    fn finest(first: u64, last: u64, at_most: u64) -> Self {
        let ticks = (last - first).saturating_add(1);
        let shortest = ticks.div_ceil(at_most);
        if at_most == 1 {
            return Self {
                origin: first,
                length: shortest,
            };
        }
        let fits = last / shortest - first / shortest < at_most;
        // Else the range is cut into one bucket less, and where they begin costs one more.
        let length = if fits {
            shortest
        } else {
            ticks.div_ceil(at_most - 1)
        };
        Self::of_length(length)
    }

    /// Where the bucket after the one of this tick begins.
    fn next_after(&self, tick: u64) -> u64 {
        let number = (tick - self.origin) / self.length + 1;
        self.origin
            .saturating_add(number.saturating_mul(self.length))
    }
}

impl Shareholder {
    /// The prices of consecutive ticks in at most so many buckets. Every price is looked at: it costs what
    /// [`Shareholder::prices`] does, some 35 ns a tick, so the caller has to bound the range.
    ///
    /// # Panics
    /// If there shall be no bucket at all.
    #[must_use]
    pub fn series(&self, ticks: RangeInclusive<Tick>, at_most: u64) -> Series {
        assert!(at_most > 0, "BUG: a series needs a bucket");
        let grid = if ticks.is_empty() {
            Grid::of_length(1)
        } else {
            Grid::finest(ticks.start().get(), ticks.end().get(), at_most)
        };
        self.series_on(&grid, ticks)
    }

    /// The prices of consecutive ticks in buckets of so many ticks, which begin at multiples of that number. It costs
    /// as much.
    #[must_use]
    pub fn series_of_length(
        &self,
        ticks: RangeInclusive<Tick>,
        ticks_per_bucket: NonZeroU64,
    ) -> Series {
        self.series_on(&Grid::of_length(ticks_per_bucket.get()), ticks)
    }

    fn series_on(&self, grid: &Grid, ticks: RangeInclusive<Tick>) -> Series {
        let mut buckets: Vec<Bucket> = Vec::new();
        let mut next = 0;
        for (tick, price) in self.prices(ticks) {
            match buckets.last_mut() {
                Some(bucket) if tick.get() < next => {
                    bucket.high = bucket.high.max(price);
                    bucket.low = bucket.low.min(price);
                    bucket.close = price;
                }
                _ => {
                    next = grid.next_after(tick.get());
                    buckets.push(Bucket {
                        tick,
                        open: price,
                        high: price,
                        low: price,
                        close: price,
                    });
                }
            }
        }
        Series {
            ticks_per_bucket: grid.length,
            buckets,
        }
    }
}

#[cfg(test)]
mod tests;
