//! The walk that a price follows: a Brownian path by midpoint displacement between stationary anchors.

use super::draw::DrawKey;
use super::normal::{deviate, deviates};

/// Ticks between anchors, as a power of two: 2^14 ticks are 22 hours and three quarters.
const LEVELS: usize = 14;
const SPAN: u64 = 1 << LEVELS;
/// The standard deviation of a log-return from one tick to the next.
pub(super) const SIGMA: f64 = 0.002;
/// The standard deviation of an anchor, sigma * sqrt(2^14 / 2): two independent anchors then differ with the
/// variance of a Brownian path of 2^14 ticks.
const ANCHOR_SD: f64 = SIGMA * 64.0 * std::f64::consts::SQRT_2;
/// Anchors lie within this many standard deviations.
const ANCHOR_LIMIT: f64 = 4.0;
/// The standard deviation of a midpoint about the mean of its ends, sigma * sqrt(length / 4), by level: the
/// interval has 2^level ticks.
const SPREAD: [f64; LEVELS + 1] = spreads();

const fn spreads() -> [f64; LEVELS + 1] {
    let mut spread = [0.0; LEVELS + 1];
    // Lengths 1 and 2; every fourfold length doubles.
    spread[0] = SIGMA * 0.5;
    spread[1] = SIGMA * 0.5 * std::f64::consts::SQRT_2;
    let mut level = 2;
    while level <= LEVELS {
        spread[level] = 2.0 * spread[level - 2];
        level += 1;
    }
    spread
}

/// A path of log-prices, defined at every tick. Its draws are numbered by the tick that they place: a
/// tick divisible by 2^14 is an anchor, every other one is the midpoint of exactly one interval.
#[derive(Clone, Copy)]
pub(super) struct Walk {
    key: DrawKey,
}

impl Walk {
    pub(super) fn new(key: DrawKey) -> Self {
        Self { key }
    }

    /// The walk at a tick.
    pub(super) fn at(&self, tick: u64) -> f64 {
        self.descend(tick).0
    }

    /// The walk at the tick before this one, and at this one.
    pub(super) fn step_to(&self, tick: u64) -> (f64, f64) {
        self.descend(tick.wrapping_sub(1))
    }

    /// A cursor that stands at a tick.
    pub(super) fn cursor(&self, tick: u64) -> Cursor {
        let left = tick & !(SPAN - 1);
        let mut cursor = Cursor {
            tick,
            value: self.anchor(left),
            ends: [0.0; LEVELS + 1],
        };
        cursor.ends[LEVELS] = self.anchor(left.wrapping_add(SPAN));
        let mut start = left;
        for level in (1..=LEVELS).rev() {
            let middle = start + (1 << (level - 1));
            let value = self.midpoint(level, middle, cursor.value, cursor.ends[level]);
            if tick < middle {
                cursor.ends[level - 1] = value;
            } else {
                cursor.ends[level - 1] = cursor.ends[level];
                cursor.value = value;
                start = middle;
            }
        }
        cursor
    }

    /// The walk at a tick and at the next one: the ends of the shortest interval.
    fn descend(&self, tick: u64) -> (f64, f64) {
        let mut counters = [0; LEVELS + 2];
        for (level, counter) in counters[..LEVELS].iter_mut().enumerate() {
            *counter = (tick >> (level + 1) << (level + 1)) + (1 << level);
        }
        let start = tick & !(SPAN - 1);
        counters[LEVELS] = start;
        // Only a tick of the far future wraps; it gets a price like any other.
        counters[LEVELS + 1] = start.wrapping_add(SPAN);
        let z = deviates(counters.map(|counter| self.key.draw(counter)));

        let mut ends = (anchor(z[LEVELS]), anchor(z[LEVELS + 1]));
        for level in (0..LEVELS).rev() {
            let value = 0.5 * (ends.0 + ends.1) + SPREAD[level + 1] * z[level];
            if tick >> level & 1 == 0 {
                ends.1 = value;
            } else {
                ends.0 = value;
            }
        }
        ends
    }

    fn anchor(&self, tick: u64) -> f64 {
        anchor(deviate(self.key.draw(tick)))
    }

    /// The walk in the middle of an interval of 2^level ticks between two known values.
    fn midpoint(&self, level: usize, middle: u64, left: f64, right: f64) -> f64 {
        0.5 * (left + right) + SPREAD[level] * deviate(self.key.draw(middle))
    }
}

fn anchor(z: f64) -> f64 {
    ANCHOR_SD * z.clamp(-ANCHOR_LIMIT, ANCHOR_LIMIT)
}

/// Stands at one tick of a walk and remembers where the intervals around it end, so that stepping on costs
/// one draw a tick.
#[derive(Clone, Copy)]
pub(super) struct Cursor {
    tick: u64,
    value: f64,
    /// The walk at the right end of the interval of 2^level ticks around the tick, by level.
    ends: [f64; LEVELS + 1],
}

impl Cursor {
    pub(super) fn value(&self) -> f64 {
        self.value
    }

    /// Steps to the next tick and returns the walk there.
    pub(super) fn advance(&mut self, walk: &Walk) -> f64 {
        self.tick = self.tick.wrapping_add(1);
        self.value = self.ends[0];
        // The intervals of up to this level end here, and new ones begin.
        let level = (self.tick.trailing_zeros() as usize).min(LEVELS);
        self.ends[level] = match self.ends.get(level + 1) {
            Some(end) => *end,
            None => walk.anchor(self.tick.wrapping_add(SPAN)),
        };
        for level in (1..=level).rev() {
            let middle = self.tick + (1 << (level - 1));
            self.ends[level - 1] = walk.midpoint(level, middle, self.value, self.ends[level]);
        }
        self.value
    }
}

#[cfg(test)]
mod tests;
