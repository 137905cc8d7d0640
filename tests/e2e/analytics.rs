use std::collections::BTreeMap;

use domain::{Price, SnapshotId, UserId};
use e2e::{Answer, Session, Socket, Stack, User};
use reqwest::Method;
use serde_json::{Value, json};

use crate::openapi::assert_matches;

fn url(user: impl std::fmt::Display) -> String {
    format!("/analytics/user/{user}")
}

/// The cells of a CSV answer by row, and its headers.
async fn csv(session: &Session, path: &str, user: &User) -> (Vec<Vec<String>>, Answer) {
    let request = session.request(Method::GET, path).bearer_auth(&user.token);
    let response = request.header("accept", "text/csv").send().await.unwrap();
    let answer = Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: Value::Null,
    };
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let text = response.text().await.unwrap();
    let rows = text.split_terminator("\r\n");
    let cells = |row: &str| row.split(',').map(str::to_owned).collect();
    (rows.map(cells).collect(), answer)
}

/// Rows of JSON objects as cells, in the order of a header.
fn cells(rows: &Value, header: &[String]) -> Vec<Vec<String>> {
    let cell = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| header.iter().map(|name| cell(&row[name])).collect())
        .collect()
}

#[tokio::test]
async fn snapshots_become_a_history_with_statistics_and_a_table() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let empty = session.get(&url(user.id), Some(&user.token)).await.unwrap();
    assert_eq!(empty.status, 200, "{empty:?}");
    assert_eq!(
        (&empty.body["count"], &empty.body["history"]),
        (&json!(0), &json!([]))
    );
    assert_matches("Analytics", &empty.body);

    let mut saved = Vec::new();
    for _ in 0..3 {
        let asked = session.save_snapshot(&user).await.unwrap();
        let id = asked["snapshot_id"].as_str().unwrap();
        saved.push(session.saved_snapshot(&user, id).await.unwrap());
    }
    let answer = session.get(&url(user.id), Some(&user.token)).await.unwrap();
    assert_matches("Analytics", &answer.body);
    let analytics = &answer.body;
    assert_eq!(analytics["count"], 3);
    assert_eq!(analytics["first_snapshot"]["id"], saved[0]["id"]);
    assert_eq!(analytics["last_snapshot"]["id"], saved[2]["id"]);
    let price = |text: &Value| Price::parse(text.as_str().unwrap()).unwrap();
    let prices = saved.iter().map(|saved| price(&saved["price"]));
    assert_eq!(price(&analytics["maximum"]), prices.clone().max().unwrap());
    assert_eq!(price(&analytics["minimum"]), prices.min().unwrap());
    assert!(analytics["volatility"].is_string(), "{analytics}");

    saved.reverse();
    let names = ["id", "tick", "requested_at", "saved_at", "price"].map(str::to_owned);
    let expected = cells(&json!(saved), &names);
    assert_eq!(cells(&analytics["history"], &names), expected);
    let (rows, _) = csv(&session, &url(user.id), &user).await;
    assert_eq!((&rows[0][..], &rows[1..]), (&names[..], &expected[..]));
}

#[tokio::test]
async fn pages_are_followed_by_cursor_and_by_link() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let mut newest_first = Vec::new();
    for _ in 0..5 {
        let asked = session.save_snapshot(&user).await.unwrap();
        let id = asked["snapshot_id"].as_str().unwrap().to_owned();
        session.saved_snapshot(&user, &id).await.unwrap();
        newest_first.insert(0, id);
    }
    let first = format!("{}?limit=2", url(user.id));
    let mut seen = Vec::new();
    let mut next = Some(first.clone());
    while let Some(path) = next {
        let page = session.get(&path, Some(&user.token)).await.unwrap();
        assert_eq!((page.status, &page.body["count"]), (200, &json!(5)));
        let rows = page.body["history"].as_array().unwrap();
        seen.extend(
            rows.iter()
                .map(|row| row["id"].as_str().unwrap().to_owned()),
        );
        let cursor = page.body["next_cursor"].as_str();
        next = cursor.map(|cursor| format!("{first}&cursor={cursor}"));
    }
    assert_eq!(seen, newest_first);

    let mut seen = Vec::new();
    let mut next = Some(first);
    while let Some(path) = next {
        let (rows, answer) = csv(&session, &path, &user).await;
        seen.extend(rows[1..].iter().map(|row| row[0].clone()));
        let link = answer.header("link");
        let query = link
            .strip_prefix('<')
            .and_then(|link| link.split_once(">; rel=\"next\""));
        next = query.map(|(query, _)| format!("{}{query}", url(user.id)));
    }
    assert_eq!(seen, newest_first);
}

#[tokio::test]
async fn users_see_their_own_and_admins_everybodys_and_all_see_prices() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let (user, other) = (
        session.new_user().await.unwrap(),
        session.new_user().await.unwrap(),
    );
    let mut admin = session.new_user().await.unwrap();
    stack.grant_admin(&admin.email.to_uppercase()).unwrap();
    let unknown = UserId::generate(1_767_225_600_000, &[1; 10]).to_string();
    let known = other.id.to_string();
    for id in [known.as_str(), &unknown, "nonsense"] {
        for path in [url(id), url(id) + "/prices"] {
            let none = session.get(&path, None).await.unwrap();
            assert_eq!(none.status, 401, "{path}");
        }
        // A token says what its user might do when it was issued.
        for token in [&user.token, &admin.token] {
            let answer = session.get(&url(id), Some(token)).await.unwrap();
            let kind = &answer.body["type"];
            assert_eq!((answer.status, kind), (403, &json!("/problems/forbidden")));
        }
    }
    admin.token = session.log_in(&admin.email, &admin.password).await.unwrap();
    for (id, status) in [(known.as_str(), 200), (&unknown, 404), ("nonsense", 404)] {
        for (path, token) in [
            (url(id), &admin.token),
            (url(id) + "/prices", &admin.token),
            (url(id) + "/prices", &user.token),
        ] {
            let answer = session.get(&path, Some(token)).await.unwrap();
            assert_eq!(answer.status, status, "{path}: {answer:?}");
            if status == 404 {
                assert_eq!(answer.body["type"], "/problems/user-not-found");
            } else {
                assert_eq!(answer.body["user_id"], known);
            }
        }
    }
}

#[test]
fn only_who_has_registered_can_be_made_an_admin() {
    let stack = Stack::shared();
    assert!(stack.grant_admin("nobody@example.com").is_err());
}

#[tokio::test]
async fn a_price_series_is_what_was_published() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let user = session.new_user().await.unwrap();
    let mut socket = Socket::authenticated(stack, &user.token).await.unwrap();
    socket.subscribe("s", json!({"users": "me"})).await.unwrap();
    let mut published = BTreeMap::new();
    while published.len() < 3 {
        let frame = socket.next_of("prices").await.unwrap();
        for tick in frame["ticks"].as_array().unwrap() {
            let price = tick["prices"][user.id.to_string()].clone();
            published.insert(tick["tick"].as_u64().unwrap(), price);
        }
    }
    let path = url(user.id) + "/prices?points=2000";
    let answer = session.get(&path, Some(&user.token)).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_matches("Prices", &answer.body);
    let series = &answer.body;
    assert_eq!(series["ticks_per_bucket"], 1);
    assert_eq!(series["first_tick"], user.registration["tick"]);
    let buckets = series["buckets"].as_array().unwrap();
    assert_eq!(buckets[0]["open"], user.registration["price"]);
    let bucket_of = |tick: &u64| {
        buckets
            .iter()
            .find(|bucket| bucket["tick"] == *tick)
            .unwrap()
    };
    for (tick, price) in &published {
        let bucket = bucket_of(tick);
        for name in ["open", "high", "low", "close"] {
            assert_eq!(bucket[name], *price, "{name} at {tick}");
        }
    }

    let (first, last) = (
        published.keys().next().unwrap(),
        published.keys().last().unwrap(),
    );
    let at = |tick| bucket_of(tick)["at"].as_str().unwrap();
    let period = format!("&from={}&to={}", at(first), at(last));
    let path = url(user.id) + "/prices?points=1" + &period;
    let (rows, _) = csv(&session, &path, &user).await;
    let price = |tick: &u64| published[tick].as_str().unwrap().to_owned();
    assert_eq!(rows.len(), 2, "a header and one bucket");
    assert_eq!(rows[0].join(","), "tick,at,open,high,low,close");
    assert_eq!(rows[1][0], first.to_string());
    assert_eq!((&rows[1][2], &rows[1][5]), (&price(first), &price(last)));
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let other = session.new_user().await.unwrap();
    let foreign = other_cursor(&other);
    for (query, fields) in [
        ("?limit=0", vec!["limit"]),
        ("?limit=101&cursor=garbage", vec!["cursor", "limit"]),
        (foreign.as_str(), vec!["cursor"]),
        ("?limit=1&limit=2&page=3", vec!["limit", "page"]),
        (
            "/prices?from=yesterday&to=2026-02-30T00:00:00Z&points=2001",
            vec!["from", "points", "to"],
        ),
        (
            "/prices?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
            vec!["from"],
        ),
        // The + of an offset is a blank, unless it is escaped.
        ("/prices?from=2026-01-01T00:00:00+01:00", vec!["from"]),
    ] {
        let path = format!("{}{query}", url(user.id));
        let answer = session.get(&path, Some(&user.token)).await.unwrap();
        assert_eq!(answer.status, 400, "{query}: {answer:?}");
        assert_eq!(answer.bad_fields(), fields, "{query}");
        assert_matches("Problem", &answer.body);
    }
    let escaped = url(user.id) + "/prices?from=2026-01-01T00:00:00%2B01:00";
    let answer = session.get(&escaped, Some(&user.token)).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");

    let request = session.request(Method::GET, &url(user.id));
    let request = request
        .bearer_auth(&user.token)
        .header("accept", "text/html");
    let answer = session.send(request).await.unwrap();
    assert_eq!(answer.status, 406, "{answer:?}");
    assert_matches("Problem", &answer.body);
}

/// A query with a cursor into another user's history, made as the API makes them.
fn other_cursor(user: &User) -> String {
    use base64::Engine as _;
    let snapshot = SnapshotId::generate(user.id.registered_at_ms(), &[1; 10]);
    let (user_id, snapshot_id) = (user.id.as_uuid().as_bytes(), snapshot.as_uuid().as_bytes());
    let bytes = [&[1], &user_id[..], &snapshot_id[..]].concat();
    let cursor = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    format!("?cursor={cursor}")
}
