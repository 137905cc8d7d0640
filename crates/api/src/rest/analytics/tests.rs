use app::analytics::{Cursor, PageLimit};
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::Value;

use super::super::test_events::get;
use super::*;
use crate::openapi::example as openapi_example;

const NOW_MS: u64 = 1_767_225_600_000;

fn ada() -> UserId {
    UserId::generate(NOW_MS, &[7; 10])
}

fn saved(number: u8, cents: u64) -> SavedSnapshot {
    let requested_at_ms = NOW_MS + 60_000 * u64::from(number);
    SavedSnapshot {
        snapshot: Snapshot {
            id: SnapshotId::generate(requested_at_ms, &[number; 10]),
            user_id: ada(),
            price: Price::from_cents(cents).unwrap(),
        },
        saved_at_ms: requested_at_ms + 77,
    }
}

fn request(query: &[(&str, &[&str])]) -> Request {
    let id = ada().to_string();
    get(&format!("/analytics/user/{id}"), &id, query)
}

fn page(snapshots: &[SavedSnapshot], next: Option<Cursor>) -> AnalyticsBody {
    let first = Statistics::of_first(snapshots[0].snapshot);
    let statistics = snapshots[1..]
        .iter()
        .fold(first, |all, saved| all.with(saved.snapshot));
    let analytics = UserAnalytics {
        user_id: ada(),
        statistics: Some(statistics),
        history: snapshots.iter().rev().copied().collect(),
        next,
    };
    AnalyticsBody::new(&analytics, &history_request(&request(&[])).unwrap())
}

fn three() -> [SavedSnapshot; 3] {
    [saved(1, 10_000), saved(2, 10_123), saved(3, 9_900)]
}

#[test]
fn the_example_is_what_three_snapshots_give() {
    let next = Cursor {
        user_id: ada(),
        after: three()[2].snapshot.id,
    };
    let mut body = page(&three(), Some(next));
    body.history.truncate(1);
    let example = openapi_example("/analytics/user/{id}");
    assert_eq!(serde_json::to_value(&body).unwrap(), example);
}

#[test]
fn a_page_is_a_table_that_goes_on() {
    let next = Cursor {
        user_id: ada(),
        after: three()[0].snapshot.id,
    };
    let body = page(&three(), Some(next));
    assert_snapshot!(body.to_csv(), @r#"
    id,tick,requested_at,saved_at,price
    019b76dd-6720-7303-8303-030303030303,353445156,2026-01-01T00:03:00Z,2026-01-01T00:03:00.077Z,99.00
    019b76dc-7cc0-7202-8202-020202020202,353445144,2026-01-01T00:02:00Z,2026-01-01T00:02:00.077Z,101.23
    019b76db-9260-7101-8101-010101010101,353445132,2026-01-01T00:01:00Z,2026-01-01T00:01:00.077Z,100.00
    "#);
    assert_snapshot!(body.next_query().unwrap(), @r#"limit=50&cursor=AQGbdtqoAHcHhwcHBwcHBwcBm3bbkmBxAYEBAQEBAQEB"#);
    let cursor = serde_json::to_value(&body).unwrap()["next_cursor"].clone();
    assert_eq!(cursor, cursor_text(next));
}

#[test]
fn what_is_not_defined_yet_is_null() {
    let one = serde_json::to_value(page(&[saved(1, 10_000)], None)).unwrap();
    for name in [
        "average_change",
        "best_change",
        "worst_change",
        "volatility",
    ] {
        assert_eq!(one[name], Value::Null, "{name}");
    }
    assert_eq!(one["minimum"], "100.00");
    let nothing = UserAnalytics {
        user_id: ada(),
        statistics: None,
        history: Vec::new(),
        next: None,
    };
    let body = AnalyticsBody::new(&nothing, &history_request(&request(&[])).unwrap());
    assert_json_snapshot!(body, @r#"
    {
      "user_id": "019b76da-a800-7707-8707-070707070707",
      "count": 0,
      "first_snapshot": null,
      "last_snapshot": null,
      "average_change": null,
      "best_change": null,
      "worst_change": null,
      "minimum": null,
      "maximum": null,
      "volatility": null,
      "history": [],
      "next_cursor": null
    }
    "#);
    assert_eq!(body.to_csv(), "id,tick,requested_at,saved_at,price\r\n");
    assert_eq!(body.next_query(), None);
}

#[test]
fn parameters_are_read() {
    let history = history_request(&request(&[("limit", &["7"])])).unwrap();
    assert_eq!(history.limit.get(), 7);
    assert_eq!((history.user, history.cursor), (ada().to_string(), None));
    let history = history_request(&request(&[])).unwrap();
    assert_eq!(history.limit, PageLimit::default());
}

#[test]
fn every_bad_parameter_is_named_with_what_would_be_right() {
    let query: &[(&str, &[&str])] = &[
        ("limit", &["101"]),
        ("cursor", &["garbage"]),
        ("page", &["2"]),
    ];
    let problem = history_request(&request(query)).unwrap_err();
    assert_eq!(
        problem.fields().collect::<Vec<_>>(),
        [
            (
                "cursor",
                "is not a cursor: expected the `next_cursor` of another page"
            ),
            (
                "limit",
                "is not a page limit: expected a whole number from 1 to 100"
            ),
            ("page", "is not known: expected only cursor, limit"),
        ]
    );
}
