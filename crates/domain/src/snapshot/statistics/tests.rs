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
