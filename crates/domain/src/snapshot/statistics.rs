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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{SnapshotId, UserId};

    fn snapshot(cents: u64) -> Snapshot {
        Snapshot {
            id: SnapshotId::generate(1_767_225_600_000, &[1; 10]),
            user_id: UserId::generate(1_767_225_500_000, &[2; 10]),
            price: Price::from_cents(cents).unwrap(),
        }
    }

    fn statistics(cents: &[u64]) -> Statistics {
        let (first, others) = cents.split_first().unwrap();
        others
            .iter()
            .fold(Statistics::of_first(snapshot(*first)), |all, cents| {
                all.with(snapshot(*cents))
            })
    }

    fn step(from: u64, to: u64) -> Step {
        Step {
            from: Price::from_cents(from).unwrap(),
            to: Price::from_cents(to).unwrap(),
        }
    }

    #[test]
    fn a_single_snapshot_has_no_step() {
        let one = statistics(&[10_000]);
        assert_eq!((one.count, one.best, one.worst), (1, None, None));
        assert_eq!((one.min, one.max), (one.first.price, one.last.price));
    }

    #[test]
    fn steps_are_summed_up() {
        // +10 %, -50 %, +100 %, -100/11 %
        let all = statistics(&[10_000, 11_000, 5_500, 11_000, 10_000]);
        assert_eq!(all.count, 5);
        assert_eq!((all.min.cents(), all.max.cents()), (5_500, 11_000));
        assert_eq!(all.best, Some(step(5_500, 11_000)));
        assert_eq!(all.worst, Some(step(11_000, 5_500)));
        let steps = [100_000_i128, -500_000, 1_000_000, -90_909];
        assert_eq!(all.sum_millionths, steps.iter().sum());
        let squares: i128 = steps.iter().map(|step| step * step).sum();
        assert_eq!(all.sum_squares, squares.unsigned_abs());
    }

    #[test]
    fn the_same_step_again_is_neither_better_nor_worse() {
        let all = statistics(&[100, 200, 400]);
        assert_eq!(all.best, Some(step(100, 200)));
        assert_eq!(all.worst, Some(step(100, 200)));
    }

    #[test]
    fn sums_of_the_most_extreme_prices_are_kept_within_bounds() {
        let all = statistics(&[1, Price::MAX.cents(), 1, Price::MAX.cents()]);
        assert_eq!(all.sum_squares, MAX_SUM);
        assert_eq!(
            step(1, Price::MAX.cents()).millionths(),
            99_999_999_999_999_000_000
        );
    }

    #[test]
    fn the_mean_takes_two_snapshots_and_the_volatility_three() {
        let one = statistics(&[10_000]);
        assert_eq!((one.mean_change(), one.volatility()), (None, None));
        let two = statistics(&[10_000, 10_100]);
        let mean = two.mean_change().unwrap();
        assert_eq!(mean.absolute.to_string(), "1.0000");
        assert_eq!(mean.percent.to_string(), "1.0000");
        assert_eq!(two.volatility(), None);
        let three = statistics(&[10_000, 10_100, 10_201]);
        assert_eq!(three.volatility().unwrap().to_string(), "0.0000");
    }

    #[test]
    fn mean_and_volatility_of_a_worked_example() {
        // +10 %, -50 %, +100 %, -9.0909 %; differences +10.00, -55.00, +55.00, -10.00.
        let all = statistics(&[10_000, 11_000, 5_500, 11_000, 10_000]);
        let mean = all.mean_change().unwrap();
        assert_eq!(mean.absolute.to_string(), "0.0000");
        assert_eq!(mean.percent.to_string(), "12.7273");
        assert_eq!(all.volatility().unwrap().to_string(), "63.3370");
        let falling = statistics(&[10_000, 9_999, 9_999, 9_999]);
        let mean = falling.mean_change().unwrap();
        assert_eq!(mean.absolute.to_string(), "-0.0033");
        assert_eq!(mean.percent.to_string(), "-0.0033");
    }

    #[test]
    fn volatility_is_none_where_sums_are_out_of_bounds() {
        let all = statistics(&[1, Price::MAX.cents(), 1, Price::MAX.cents()]);
        assert_eq!(all.volatility(), None);
        assert!(all.mean_change().is_some());
    }

    proptest! {
        #[test]
        fn mean_and_volatility_are_those_of_all_steps(cents in prop::collection::vec(5_000..=50_000_u64, 3..60)) {
            let all = statistics(&cents);
            let percents: Vec<f64> = cents
                .windows(2)
                .map(|pair| (pair[1] as f64 / pair[0] as f64 - 1.0) * 100.0)
                .collect();
            let count = percents.len() as f64;
            let mean = percents.iter().sum::<f64>() / count;
            let squares: f64 = percents.iter().map(|percent| (percent - mean).powi(2)).sum();
            let volatility = (squares / (count - 1.0)).sqrt();
            let shown = |number: Decimal4| number.ten_thousandths() as f64 / 1e4;
            // Every percentage is off by half a ten-thousandth at most, and so is the result.
            prop_assert!((shown(all.mean_change().unwrap().percent) - mean).abs() <= 1.01e-4);
            prop_assert!((shown(all.volatility().unwrap()) - volatility).abs() <= 1.5e-4);
        }

        #[test]
        fn best_and_worst_are_those_of_all_steps(cents in prop::collection::vec(1..=100_000_u64, 2..40)) {
            let all = statistics(&cents);
            let best = all.best.unwrap();
            let worst = all.worst.unwrap();
            for pair in cents.windows(2) {
                let step = step(pair[0], pair[1]);
                prop_assert!(!step.is_better_than(best));
                prop_assert!(!worst.is_better_than(step));
            }
            prop_assert_eq!(all.min.cents(), *cents.iter().min().unwrap());
            prop_assert_eq!(all.max.cents(), *cents.iter().max().unwrap());
        }
    }
}
