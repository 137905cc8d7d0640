use super::Snapshot;
use crate::Price;

/// The largest sum that is kept: what a decimal of 38 digits holds. Real sums never come near it.
const MAX_SUM: u128 = 10_u128.pow(38) - 1;

/// From one snapshot to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The earlier price.
    pub from: Price,
    /// The later one.
    pub to: Price,
}

impl Step {
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

    proptest! {
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
