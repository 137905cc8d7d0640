use domain::{Price, Series, Tick};
use insta::assert_snapshot;

use super::super::test_events::get;
use super::*;
use crate::openapi::example as openapi_example;

const NOW_MS: u64 = 1_767_225_600_000;

fn ada() -> UserId {
    UserId::generate(NOW_MS, &[7; 10])
}

fn request(query: &[(&str, &[&str])]) -> Request {
    let id = ada().to_string();
    get(&format!("/analytics/user/{id}/prices"), &id, query)
}

#[test]
fn the_example_is_what_two_buckets_give() {
    let bucket = |tick, cents: [u64; 4]| {
        let [open, high, low, close] = cents.map(|cents| Price::from_cents(cents).unwrap());
        let tick = Tick(tick);
        Bucket {
            tick,
            open,
            high,
            low,
            close,
        }
    };
    let prices = UserPrices {
        user_id: ada(),
        last_tick: Some(Tick(353_445_125)),
        series: Series {
            ticks_per_bucket: 4,
            buckets: vec![
                bucket(353_445_120, [10_000, 10_200, 9_900, 10_100]),
                bucket(353_445_124, [10_110, 10_110, 10_070, 10_070]),
            ],
        },
    };
    let body = PricesBody::from(&prices);
    let example = openapi_example("/analytics/user/{id}/prices");
    assert_eq!(serde_json::to_value(&body).unwrap(), example);
    assert_snapshot!(body.to_csv(), @r#"
    tick,at,open,high,low,close
    353445120,2026-01-01T00:00:00Z,100.00,102.00,99.00,101.00
    353445124,2026-01-01T00:00:20Z,101.10,101.10,100.70,100.70
    "#);
}

#[test]
fn parameters_are_read() {
    let prices = price_request(&request(&[
        ("from", &["2026-01-01T00:00:00Z"]),
        ("to", &["2026-01-01T02:00:00+01:00"]),
    ]))
    .unwrap();
    assert_eq!(prices.from_ms, Some(NOW_MS));
    assert_eq!(prices.to_ms, Some(NOW_MS + 3_600_000));
    assert_eq!(prices.thinning, Thinning::default());
}

#[test]
fn every_bad_parameter_is_named_with_what_would_be_right() {
    let problem = price_request(&request(&[
        ("from", &["yesterday"]),
        ("points", &["0"]),
        ("to", &["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
    ]))
    .unwrap_err();
    assert_eq!(
        problem.fields().collect::<Vec<_>>(),
        [
            (
                "from",
                "is not an instant: expected RFC 3339 such as 2026-01-01T00:00:00Z (in a URL, the + of an offset is %2B)"
            ),
            ("to", "is given more than once"),
            (
                "points",
                "is not a number of points: expected a whole number from 1 to 2000"
            ),
        ]
    );
}
