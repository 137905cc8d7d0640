use super::*;
use proptest::prelude::*;

fn price(cents: u64) -> Price {
    Price::from_cents(cents).unwrap()
}

#[test]
fn refuses_what_is_not_a_price() {
    for text in [
        "",
        ".",
        "1",
        "1.2",
        "1.234",
        "01.00",
        ".50",
        "1.",
        "-1.00",
        "+1.00",
        "1,00",
        " 1.00",
        "1.0 ",
        "0.00",
        "1e3.00",
        "1.+5",
        "1.00.00",
        "1000000000000.01",
        "99999999999999999999.00",
        "١.٠٠",
    ] {
        assert_eq!(Price::parse(text), Err(PriceError), "{text}");
    }
}

#[test]
fn always_shows_two_decimals() {
    assert_eq!(price(10_120).to_string(), "101.20");
    assert_eq!(price(5).to_string(), "0.05");
    assert_eq!(Price::MAX.to_string(), "1000000000000.00");
    assert_eq!(Money::from_cents(-5).to_string(), "-0.05");
    assert_eq!(Money::from_cents(0).to_string(), "0.00");
    assert_eq!(Percent::from_hundredths(-123).to_string(), "-1.23");
    assert_eq!(format!("{:?}", price(10_120)), "Price(101.20)");
}

#[test]
fn rounds_a_computed_price_to_the_nearest_cent_and_keeps_it_positive() {
    assert_eq!(Price::nearest(10_119.5), price(10_120));
    assert_eq!(Price::nearest(10_119.49), price(10_119));
    for low in [0.0, 0.4, -3.0, f64::NAN] {
        assert_eq!(Price::nearest(low), Price::MIN);
    }
    assert_eq!(Price::nearest(f64::INFINITY), Price::MAX);
}

#[test]
fn rounds_a_change_half_away_from_zero() {
    for (from, to, expected) in [
        (10_000, 10_123, 123),
        (10_000, 9_877, -123),
        (20_000, 20_001, 1),
        (20_000, 19_999, -1),
        (20_001, 20_002, 0),
        (10_000, 10_000, 0),
        (1, 100_000_000_000_000, 999_999_999_999_990_000),
        (100_000_000_000_000, 1, -10_000),
    ] {
        let change = Change::between(price(from), price(to));
        assert_eq!(change.percent.hundredths(), expected, "{from} {to}");
        assert_eq!(change.absolute.cents(), to as i64 - from as i64);
    }
}

proptest! {
    #[test]
    fn reads_what_it_shows(cents in 1..=Price::MAX.0) {
        let text = price(cents).to_string();
        prop_assert_eq!(Price::parse(&text), Ok(price(cents)));
        prop_assert_eq!(text.rsplit_once('.').map(|(_, cents)| cents.len()), Some(2));
    }

    #[test]
    fn parsing_never_panics(text in "\\PC{0,24}") {
        if let Ok(price) = Price::parse(&text) {
            prop_assert_eq!(price.to_string(), text);
        }
    }
}
