use proptest::prelude::*;

use super::*;
use crate::{PriceModel, UserId};

fn shareholder() -> Shareholder {
    PriceModel::new(b"series").shareholder(UserId::generate(1_767_225_600_000, &[7; 10]))
}

#[test]
fn a_range_without_ticks_has_no_buckets() {
    let series = shareholder().series(Tick(7)..=Tick(6), 10);
    assert_eq!((series.ticks_per_bucket, series.buckets.len()), (1, 0));
}

#[test]
fn a_range_that_moves_on_keeps_its_buckets() {
    let shareholder = shareholder();
    let first = shareholder.opening_tick().plus(1000);
    let series = |moved| {
        let ticks = first.plus(moved)..=first.plus(moved + 719);
        shareholder.series(ticks, 100)
    };
    let (before, after) = (series(0), series(8));
    assert_eq!(before.ticks_per_bucket, 8);
    // Those that neither range cuts.
    let last = before.buckets.len() - 1;
    assert_eq!(before.buckets[1..last], after.buckets[..last - 1]);
    for bucket in &before.buckets[1..] {
        assert_eq!(bucket.tick.get() % 8, 0);
    }
}

#[test]
fn buckets_of_a_given_length_are_whole_but_for_those_that_the_range_cuts() {
    let shareholder = shareholder();
    let first = shareholder.opening_tick().get().next_multiple_of(12) - 5;
    let ticks_per_bucket = 12.try_into().unwrap();
    let series = |ticks| shareholder.series_of_length(ticks, ticks_per_bucket);
    let cut = series(Tick(first)..=Tick(first + 29));
    assert_eq!(cut.ticks_per_bucket, 12);
    let begins: Vec<u64> = cut.buckets.iter().map(|b| b.tick.get() - first).collect();
    assert_eq!(begins, [0, 5, 17, 29]);
    let whole = series(Tick(first + 5)..=Tick(first + 28));
    assert_eq!(whole.buckets, cut.buckets[1..3]);
    assert_eq!(series(Tick(7)..=Tick(6)).buckets, []);
}

#[test]
fn a_single_bucket_has_the_whole_range() {
    let opening = shareholder().opening_tick().get();
    for first in opening..opening + 5 {
        let series = shareholder().series(Tick(first)..=Tick(first + 99), 1);
        assert_eq!((series.ticks_per_bucket, series.buckets.len()), (100, 1));
    }
}

proptest! {
    #[test]
    fn buckets_are_those_of_the_single_prices(
        after in 0..100_000_u64,
        ticks in 1..3_000_u64,
        at_most in 1..=2_000_u64,
    ) {
        let shareholder = shareholder();
        let first = shareholder.opening_tick().minus(50).plus(after).get();
        let end = first + ticks;
        let series = shareholder.series(Tick(first)..=Tick(end - 1), at_most);
        let buckets = &series.buckets;
        prop_assert!(buckets.len() as u64 <= at_most);
        // No bucket is longer than it need be, but for the one that beginnings may cost.
        prop_assert!(series.ticks_per_bucket <= ticks.div_ceil((at_most - 1).max(1)));
        prop_assert_eq!(buckets[0].tick, Tick(first));
        let ends = buckets[1..].iter().map(|bucket| bucket.tick.get()).chain([end]);
        for (number, (bucket, next)) in buckets.iter().zip(ends).enumerate() {
            let length = next - bucket.tick.get();
            let whole = number > 0 && number < buckets.len() - 1;
            prop_assert!(length == series.ticks_per_bucket || !whole && length < series.ticks_per_bucket);
            let prices: Vec<Price> = (bucket.tick.get()..next)
                .map(|tick| shareholder.price_at(Tick(tick)))
                .collect();
            prop_assert_eq!(Some(&bucket.open), prices.first());
            prop_assert_eq!(Some(&bucket.close), prices.last());
            prop_assert_eq!(Some(&bucket.high), prices.iter().max());
            prop_assert_eq!(Some(&bucket.low), prices.iter().min());
        }
    }
}
