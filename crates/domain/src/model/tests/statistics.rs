//! What the walk promises about its distribution. The seeds are fixed, so these can't fail by chance; the
//! tolerances are about five standard errors, so that any other seed would pass as well.

use super::{model, user};
use crate::model::walk::SIGMA;

const SHAREHOLDERS: u64 = 16;
const TICKS: u64 = 100_000;
/// The standard deviation of the walk at any tick: sigma * sqrt(2^14 / 2).
const STATIONARY_SD: f64 = 0.181;

/// The unrounded walks of some shareholders over some six days, from different days on.
fn walks() -> Vec<Vec<f64>> {
    let walk = |number| {
        let walk = model().shareholder(user(number)).walk;
        let mut cursor = walk.cursor(353_445_120 + number * 1_000_000);
        (0..TICKS).map(|_| cursor.advance(&walk)).collect()
    };
    (0..SHAREHOLDERS).map(walk).collect()
}

fn differences(path: &[f64], lag: usize) -> impl Iterator<Item = f64> {
    path.iter()
        .zip(&path[lag..])
        .step_by(lag)
        .map(|(before, after)| after - before)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

/// The correlation of returns with those `lag` ticks later; returns have mean zero.
fn autocorrelation(paths: &[Vec<f64>], lag: usize) -> f64 {
    let returns: Vec<Vec<f64>> = paths
        .iter()
        .map(|path| differences(path, 1).collect())
        .collect();
    let products = returns
        .iter()
        .flat_map(|path| path.iter().zip(&path[lag..]).map(|(a, b)| a * b));
    mean(products) / mean(returns.iter().flatten().map(|r| r * r))
}

#[test]
fn returns_have_the_standard_deviation_asked_for() {
    let walks = walks();
    let variance = |lag| {
        mean(
            walks
                .iter()
                .flat_map(|walk| differences(walk, lag))
                .map(|r| r * r),
        )
    };
    assert!((variance(1).sqrt() / SIGMA - 1.0).abs() < 0.003);
    // Variance grows with time, as it does for independent returns: over a minute, and over an hour.
    assert!((variance(12) / (12.0 * SIGMA * SIGMA) - 1.0).abs() < 0.02);
    assert!((variance(720) / (720.0 * SIGMA * SIGMA) - 1.0).abs() < 0.15);
}

#[test]
fn returns_are_normal() {
    let walks = walks();
    let moment = |power| {
        mean(
            walks
                .iter()
                .flat_map(|walk| differences(walk, 1))
                .map(|r| (r / SIGMA).powi(power)),
        )
    };
    assert!(moment(1).abs() < 0.004, "mean {}", moment(1));
    assert!(moment(3).abs() < 0.015, "skewness {}", moment(3));
    assert!((moment(4) - 3.0).abs() < 0.04, "kurtosis {}", moment(4));
    let beyond = |sds| {
        mean(
            walks
                .iter()
                .flat_map(|walk| differences(walk, 1))
                .map(|r| f64::from(r.abs() > sds * SIGMA)),
        )
    };
    assert!((beyond(1.0) - 0.317_3).abs() < 0.002, "{}", beyond(1.0));
    assert!((beyond(2.0) - 0.045_5).abs() < 0.001, "{}", beyond(2.0));
    assert!((beyond(3.0) - 0.002_7).abs() < 0.000_3, "{}", beyond(3.0));
}

#[test]
fn returns_are_independent() {
    let walks = walks();
    for lag in 1..=5 {
        let correlation = autocorrelation(&walks, lag);
        assert!(correlation.abs() < 0.004, "lag {lag}: {correlation}");
    }
    // Nor does one shareholder tell anything about another.
    let pairs = differences(&walks[0], 1).zip(differences(&walks[1], 1));
    assert!((mean(pairs.map(|(a, b)| a * b)) / (SIGMA * SIGMA)).abs() < 0.016);
}

/// Rounding to cents adds its own small noise to what was proven of the walk.
#[test]
fn returns_of_published_prices_are_much_the_same() {
    let log_prices = |number| {
        let shareholder = model().shareholder(user(number));
        let from = shareholder.opening_tick();
        let prices = shareholder.prices(from..=from.plus(TICKS - 1));
        prices
            .map(|(_, price)| libm::log(price.cents() as f64))
            .collect()
    };
    let paths: Vec<Vec<f64>> = (0..SHAREHOLDERS).map(log_prices).collect();
    let variance = mean(
        paths
            .iter()
            .flat_map(|path| differences(path, 1))
            .map(|r| r * r),
    );
    assert!(
        (variance.sqrt() / SIGMA - 1.0).abs() < 0.01,
        "{}",
        variance.sqrt()
    );
    for lag in 1..=5 {
        let correlation = autocorrelation(&paths, lag);
        assert!(correlation.abs() < 0.01, "lag {lag}: {correlation}");
    }
}

/// Every tick of a year for a few shareholders: 6.3 million ticks each.
#[test]
fn prices_stay_bounded_over_a_year() {
    const YEAR: u64 = 6_311_520;
    for number in 0..3 {
        let shareholder = model().shareholder(user(number));
        let opening = shareholder.opening_price().cents() as f64;
        let from = shareholder.opening_tick();
        let (mut lowest, mut highest) = (1.0_f64, 1.0_f64);
        for (_, price) in shareholder.prices(from..=from.plus(YEAR)) {
            let ratio = price.cents() as f64 / opening;
            (lowest, highest) = (lowest.min(ratio), highest.max(ratio));
        }
        assert!(
            lowest > 0.2 && highest < 5.0,
            "shareholder {number}: from {lowest} to {highest} times the opening"
        );
        // And it does move: a price that stood still would be bounded as well.
        assert!(
            highest / lowest > 1.5,
            "shareholder {number}: from {lowest} to {highest} times the opening"
        );
    }
}

#[test]
fn walks_spread_no_wider_in_thirty_years() {
    const DAY: u64 = 17_280;
    for days in [0, 1, 7, 365, 10_957] {
        let walks = (0..5_000).map(|number| {
            let shareholder = model().shareholder(user(number));
            // Not in step with the anchors, for users register at any time.
            shareholder.walk.at(shareholder
                .opening_tick()
                .plus(days * DAY + number * 3)
                .get())
        });
        let sd = mean(walks.map(|walk| walk * walk)).sqrt();
        assert!(
            (sd / STATIONARY_SD - 1.0).abs() < 0.05,
            "after {days} days: {sd}"
        );
    }
}
