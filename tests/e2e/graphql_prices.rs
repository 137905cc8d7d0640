use std::collections::BTreeMap;

use e2e::{Session, Socket, Stack};
use serde_json::{Value, json};

use crate::graphql::{ask, codes, data};

const PRICES: &str =
    "query($id: ID!, $from: DateTime, $ticksPerBucket: Int) { user(id: $id) { createdAt
    prices(from: $from, ticksPerBucket: $ticksPerBucket) {
        firstTick lastTick ticksPerBucket buckets { tick open high low close } } } }";

#[tokio::test]
async fn the_series_of_somebody_else_is_what_came_live_in_buckets_of_any_length() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let (ada, bob) = (
        session.new_user().await.unwrap(),
        session.new_user().await.unwrap(),
    );
    let mut socket = Socket::authenticated(stack, &bob.token).await.unwrap();
    let users = json!({"users": [ada.id.to_string()]});
    socket.subscribe("s", users).await.unwrap();
    let mut published = BTreeMap::new();
    while published.len() < 3 {
        let frame = socket.next_of("prices").await.unwrap();
        for tick in frame["ticks"].as_array().unwrap() {
            let price = tick["prices"][ada.id.to_string()].clone();
            published.insert(tick["tick"].as_u64().unwrap(), price);
        }
    }

    let of_ada =
        json!({"id": ada.id.to_string(), "from": "2026-01-01T00:00:00Z", "ticksPerBucket": 1});
    let seen = data(&session, Some(&bob), PRICES, of_ada.clone()).await["user"]["prices"].take();
    assert_eq!(seen["firstTick"], ada.registration["tick"]);
    let ticks = seen["buckets"].as_array().unwrap();
    for (tick, price) in &published {
        let bucket = ticks.iter().find(|bucket| bucket["tick"] == *tick).unwrap();
        assert_eq!(bucket["close"], *price, "{tick}");
    }

    let mut of_two = of_ada.clone();
    of_two["ticksPerBucket"] = json!(2);
    let seen = data(&session, Some(&bob), PRICES, of_two).await["user"]["prices"].take();
    assert_eq!(seen["ticksPerBucket"], 2);
    for bucket in &seen["buckets"].as_array().unwrap()[1..] {
        assert_eq!(bucket["tick"].as_u64().unwrap() % 2, 0, "{bucket}");
    }

    let nobody = ask(&session, None, PRICES, of_ada).await;
    assert!(codes(&nobody).contains(&"UNAUTHENTICATED"), "{nobody:?}");
}

#[tokio::test]
async fn buckets_without_ticks_are_refused_by_name() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    for ticks_per_bucket in [0, -1] {
        let variables = json!({"id": user.id.to_string(), "ticksPerBucket": ticks_per_bucket});
        let refused = ask(&session, Some(&user), PRICES, variables).await;
        assert_eq!(codes(&refused), ["VALIDATION"]);
        let field = &refused.body["errors"][0]["extensions"]["fields"][0]["field"];
        assert_eq!(field, "ticksPerBucket");
        assert_eq!(refused.body["data"]["user"]["prices"], Value::Null);
    }
}
