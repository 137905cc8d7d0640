use super::Snapshot;
use crate::{Change, Decimal4, Price};

/// The largest sum that is kept: what a decimal of 38 digits holds. Real sums never come near it.
const MAX_SUM: u128 = 10_u128.pow(38) - 1;

/// The mean of all steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeanChange {
    /// The mean difference between a snapshot's price and the one before, in currency units.
    pub absolute: Decimal4,
    /// The mean of these differences in percent of the earlier price.
    pub percent: Decimal4,
}

/// From one snapshot to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The earlier price.
    pub from: Price,
    /// The later one.
    pub to: Price,
}

impl Step {
    /// The change of the price.
    #[must_use]
    pub const fn change(self) -> Change {
        Change::between(self.from, self.to)
    }

    /// The change in millionths of the earlier price, rounded to the nearest, halves away from zero.
    #[must_use]
    pub fn millionths(self) -> i128 {
        let (from, to) = (i128::from(self.from.cents()), i128::from(self.to.cents()));
        let difference = to - from;
        let half = if difference < 0 { -from } else { from };
        (difference * 2_000_000 + half) / (2 * from)
    }

    /// Whether the price rose by a larger share, or fell by a smaller one, than in the other step; exact.
    fn is_better_than(self, other: Self) -> bool {
        let cents = |price: Price| u128::from(price.cents());
        cents(self.to) * cents(other.from) > cents(other.to) * cents(self.from)
    }
}

/// What is known of all snapshots of one user, kept up to date with each one that is saved.
///
/// Steps lead from one snapshot to the next in the order in which they were saved, which is the order
/// of their requests unless one of those had to be repeated. The sum of the differences between prices
/// needs no field: it is the last price less the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// How many snapshots there are.
    pub count: u64,
    /// The first one saved.
    pub first: Snapshot,
    /// The last one saved.
    pub last: Snapshot,
    /// The lowest price.
    pub min: Price,
    /// The highest price.
    pub max: Price,
    /// The best step, once there are two snapshots.
    pub best: Option<Step>,
    /// The worst step, once there are two snapshots.
    pub worst: Option<Step>,
    /// The sum over all steps of [`Step::millionths`].
    pub sum_millionths: i128,
    /// The sum over all steps of their squares.
    pub sum_squares: u128,
}

impl Statistics {
    /// The statistics of one snapshot.
    #[must_use]
    pub const fn of_first(snapshot: Snapshot) -> Self {
        Self {
            count: 1,
            first: snapshot,
            last: snapshot,
            min: snapshot.price,
            max: snapshot.price,
            best: None,
            worst: None,
            sum_millionths: 0,
            sum_squares: 0,
        }
    }

    /// The statistics with one snapshot more.
    #[must_use]
    pub fn with(&self, snapshot: Snapshot) -> Self {
        let step = Step {
            from: self.last.price,
            to: snapshot.price,
        };
        let millionths = step.millionths();
        let square = millionths
            .unsigned_abs()
            .saturating_mul(millionths.unsigned_abs());
        Self {
            count: self.count + 1,
            first: self.first,
            last: snapshot,
            min: self.min.min(snapshot.price),
            max: self.max.max(snapshot.price),
            best: Some(match self.best {
                Some(best) if !step.is_better_than(best) => best,
                _ => step,
            }),
            worst: Some(match self.worst {
                Some(worst) if !worst.is_better_than(step) => worst,
                _ => step,
            }),
            sum_millionths: self.sum_millionths + millionths,
            sum_squares: self.sum_squares.saturating_add(square).min(MAX_SUM),
        }
    }

    /// How many steps there are: one less than snapshots.
    const fn steps(&self) -> u64 {
        self.count.saturating_sub(1)
    }

    /// The mean of all steps, once there are two snapshots. Each percentage is rounded to four decimals
    /// before it is added, and both means are, halves away from zero.
    #[must_use]
    pub fn mean_change(&self) -> Option<MeanChange> {
        let steps = self.steps();
        if steps == 0 {
            return None;
        }
        let difference = i128::from(self.last.price.cents()) - i128::from(self.first.price.cents());
        Some(MeanChange {
            // A cent is a hundred ten-thousandths of a unit, a millionth is a ten-thousandth of a percent.
            absolute: Decimal4::quotient(100 * difference, steps),
            percent: Decimal4::quotient(self.sum_millionths, steps),
        })
    }

    /// The sample standard deviation (with n - 1) of the steps' percentages, once there are three
    /// snapshots, rounded to four decimals, halves up.
    ///
    /// None also if the sums are out of bounds, which takes prices that jump by factors of millions.
    #[must_use]
    pub fn volatility(&self) -> Option<Decimal4> {
        let steps = u128::from(self.steps());
        if steps < 2 || self.sum_squares >= MAX_SUM {
            return None;
        }
        let sum = self.sum_millionths.unsigned_abs();
        // n * sum of squares - square of the sum; variance is that over n * (n - 1).
        let spread = self.sum_squares.checked_mul(steps)?;
        let spread = spread.checked_sub(sum.checked_mul(sum)?)?;
        // The root of four times the variance is the deviation in halves.
        let halves = (spread.checked_mul(4)? / (steps * (steps - 1))).isqrt();
        i128::try_from(halves.div_ceil(2))
            .ok()
            .map(Decimal4::from_ten_thousandths)
    }
}

#[cfg(test)]
mod tests;
