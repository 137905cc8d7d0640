use proptest::prelude::*;

use super::{model, user};
use crate::{Price, PriceModel, PriceMove, Tick, UserId};

/// Any user who registers before the year 2200.
fn any_user() -> impl Strategy<Value = UserId> {
    (0..7_258_118_400_000_u64, any::<[u8; 10]>())
        .prop_map(|(ms, random)| UserId::generate(ms, &random))
}

proptest! {
    #[test]
    fn the_same_inputs_give_the_same_price(secret: Vec<u8>, id in any_user(), tick: u64) {
        let price = PriceModel::new(&secret).shareholder(id).price_at(Tick(tick));
        let again = PriceModel::new(&secret).shareholder(id).price_at(Tick(tick));
        prop_assert_eq!(price, again);
    }

    #[test]
    fn a_price_is_positive_with_two_decimals(id in any_user(), after in 0..1_u64 << 33) {
        let shareholder = model().shareholder(id);
        let price = shareholder.price_at(shareholder.opening_tick().plus(after));
        prop_assert!(price >= Price::MIN);
        let text = price.to_string();
        prop_assert_eq!(text.split_once('.').map(|(_, decimals)| decimals.len()), Some(2));
        prop_assert_eq!(Price::parse(&text), Ok(price));
    }

    #[test]
    fn a_walk_begins_at_the_opening_price(id in any_user(), before in 0..100_000_u64) {
        let shareholder = model().shareholder(id);
        let opening_tick = Tick::at_ms(id.registered_at_ms());
        prop_assert_eq!(shareholder.opening_tick(), opening_tick);
        prop_assert_eq!(shareholder.price_at(opening_tick), shareholder.opening_price());
        prop_assert_eq!(shareholder.price_at(opening_tick.minus(before)), shareholder.opening_price());
        prop_assert!((5_000..=50_000).contains(&shareholder.opening_price().cents()));
        // From the opening on, the formula and the assigned value are the same thing.
        let computed = shareholder.price_from(shareholder.walk.at(opening_tick.get()));
        prop_assert_eq!(computed, shareholder.opening_price());
    }

    #[test]
    fn consecutive_prices_equal_single_ones(id in any_user(), offset in 0..40_000_u64, length in 0..1_500_u64) {
        let shareholder = model().shareholder(id);
        // Ranges that lie before, across and after the opening tick.
        let from = shareholder.opening_tick().minus(1_000).plus(offset);
        let prices = shareholder.prices(from..=from.plus(length));
        prop_assert_eq!(prices.size_hint(), (length as usize + 1, Some(length as usize + 1)));
        let prices: Vec<_> = prices.collect();
        prop_assert_eq!(prices.len() as u64, length + 1);
        for (number, (tick, price)) in prices.into_iter().enumerate() {
            prop_assert_eq!(tick, from.plus(number as u64));
            prop_assert_eq!(price, shareholder.price_at(tick));
        }
    }

    #[test]
    fn a_move_is_two_prices(id in any_user(), offset in 0..40_000_u64) {
        let shareholder = model().shareholder(id);
        let tick = shareholder.opening_tick().minus(10).plus(offset);
        let expected = PriceMove { previous: shareholder.price_at(tick.previous()), price: shareholder.price_at(tick) };
        prop_assert_eq!(shareholder.move_at(tick), expected);
    }
}

#[test]
fn an_empty_range_has_no_prices() {
    let shareholder = model().shareholder(user(0));
    assert_eq!(shareholder.prices(Tick(2)..=Tick(1)).count(), 0);
    let mut last = shareholder.prices(Tick(u64::MAX)..=Tick(u64::MAX));
    assert_eq!(last.next().map(|(tick, _)| tick), Some(Tick(u64::MAX)));
    assert_eq!((last.next(), last.size_hint()), (None, (0, Some(0))));
}

#[test]
fn secrets_and_shareholders_have_prices_of_their_own() {
    let tick = model().shareholder(user(0)).opening_tick().plus(10_000);
    let other = PriceModel::new(b"another secret of thirty-two bytes");
    let mut prices: Vec<Price> = Vec::new();
    for number in 0..10 {
        prices.push(model().shareholder(user(number)).price_at(tick));
        prices.push(other.shareholder(user(number)).price_at(tick));
    }
    prices.sort_unstable();
    prices.dedup();
    assert!(prices.len() >= 19, "{prices:?}");
}

#[test]
fn is_published_from_the_first_tick_and_listed_from_the_second() {
    let shareholder = model().shareholder(user(0));
    let opening = shareholder.opening_tick();
    assert_eq!(shareholder.first_published_tick(), opening.next());
    assert!(!shareholder.is_listed_at(opening.plus(1)));
    assert!(shareholder.is_listed_at(opening.plus(2)));
}

#[test]
fn debugging_shows_no_key() {
    let shareholder = model().shareholder(user(0));
    assert_eq!(format!("{:?}", model()), "PriceModel { version: 1, .. }");
    let shown = format!(
        "{shareholder:?} {:?}",
        shareholder.prices(Tick(0)..=Tick(1))
    );
    assert!(!shown.contains("key") && !shown.contains("walk"), "{shown}");
}
