use domain::{Tick, UserId};
use e2e::{Session, Socket, Stack, User};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

async fn connected(stack: &Stack) -> (User, Socket) {
    let user = Session::new(stack).new_user().await.unwrap();
    let socket = Socket::authenticated(stack, &user.token).await.unwrap();
    (user, socket)
}

/// The (tick, price) pairs of one user in a `prices` frame.
fn moves(frame: &Value, user: UserId) -> Vec<(Tick, String)> {
    let user = user.to_string();
    let ticks = frame["ticks"].as_array().into_iter().flatten();
    ticks
        .filter_map(|tick| {
            let price = tick["prices"].get(&user)?.as_str()?.to_owned();
            Some((Tick(tick["tick"].as_u64()?), price))
        })
        .collect()
}

#[tokio::test]
async fn ack_then_snapshot_then_every_tick_without_gap_or_repeat() {
    let stack = Stack::shared();
    let (user, mut socket) = connected(stack).await;
    let (ack, snapshot) = socket
        .subscribe("s", json!({"users": [user.id.to_string()]}))
        .await
        .unwrap();
    let shareholder = stack.price_model().shareholder(user.id);
    let live_from = Tick(ack["live_from"].as_u64().unwrap());
    assert_eq!(
        (snapshot["type"].as_str(), snapshot["id"].as_str()),
        (Some("snapshot"), Some("s"))
    );
    assert_eq!(snapshot["tick"], live_from.previous().get());
    assert_eq!(
        snapshot["prices"][user.id.to_string()],
        shareholder.price_at(live_from.previous()).to_string()
    );

    let mut expected = live_from;
    while expected < live_from.plus(3) {
        for (tick, price) in moves(&socket.next_of("prices").await.unwrap(), user.id) {
            assert_eq!(
                (tick, price),
                (expected, shareholder.price_at(tick).to_string())
            );
            expected = expected.next();
        }
    }
}

#[tokio::test]
async fn since_replays_every_missed_tick_and_joins_the_live_ones() {
    let stack = Stack::shared();
    let (user, mut first) = connected(stack).await;
    first.subscribe("s", json!({"users": "me"})).await.unwrap();
    let last_seen = moves(&first.next_of("prices").await.unwrap(), user.id)
        .pop()
        .unwrap()
        .0;
    first.cut();

    // Another socket tells when two more ticks have passed unseen.
    let mut clock = Socket::authenticated(stack, &user.token).await.unwrap();
    clock
        .subscribe("clock", json!({"users": "me"}))
        .await
        .unwrap();
    while moves(&clock.next_of("prices").await.unwrap(), user.id)
        .pop()
        .unwrap()
        .0
        < last_seen.plus(2)
    {}

    let mut again = Socket::authenticated(stack, &user.token).await.unwrap();
    let request = json!({"op": "subscribe", "id": "s", "users": "me", "since": last_seen.get()});
    again.send(&request).await.unwrap();
    let ack = again.next().await.unwrap();
    assert_eq!(ack["type"], "ack", "{ack}");
    assert_eq!(ack["replay"]["complete"], true, "{ack}");
    assert_eq!(ack["replay"]["from"], last_seen.next().get());
    let shareholder = stack.price_model().shareholder(user.id);
    let live_from = Tick(ack["live_from"].as_u64().unwrap());
    let mut expected = last_seen.next();
    while expected < live_from.plus(2) {
        let frame = again.next_of("prices").await.unwrap();
        for (tick, price) in moves(&frame, user.id) {
            assert_eq!(
                (tick, price),
                (expected, shareholder.price_at(tick).to_string())
            );
            assert_eq!(frame["replay"] == true, tick < live_from, "{frame}");
            expected = expected.next();
        }
    }
}

#[tokio::test]
async fn a_replay_of_an_hour_is_a_few_frames_and_says_how_far_it_goes() {
    let stack = Stack::shared();
    let (user, mut socket) = connected(stack).await;
    // Nobody has a price before the opening tick, so the replay starts right after it.
    let opening = stack.price_model().shareholder(user.id).opening_tick();
    // An hour is 720 ticks; the twenty less are for a machine that takes its time to get here.
    let request = json!({"users": "me", "since": opening.minus(700).get()});
    let (ack, _) = socket.subscribe("s", request).await.unwrap();
    assert_eq!(ack["replay"]["complete"], true, "{ack}");
    let (ack, _) = socket
        .subscribe(
            "long",
            json!({"users": "me", "since": opening.minus(1_000_000).get()}),
        )
        .await
        .unwrap();
    assert_eq!(ack["replay"]["complete"], false, "{ack}");
}

#[tokio::test]
async fn every_n_conflates_to_the_ticks_that_n_divides() {
    let stack = Stack::shared();
    let (user, mut socket) = connected(stack).await;
    socket
        .subscribe("s", json!({"users": "me", "every": 2}))
        .await
        .unwrap();
    let mut seen = Vec::new();
    while seen.len() < 2 {
        seen.extend(moves(&socket.next_of("prices").await.unwrap(), user.id));
    }
    assert!(seen.iter().all(|(tick, _)| tick.get() % 2 == 0), "{seen:?}");
    assert_eq!(seen[1].0, seen[0].0.plus(2));
}

#[tokio::test]
async fn the_market_comes_as_summaries() {
    let stack = Stack::shared();
    let (_, mut socket) = connected(stack).await;
    socket
        .send(&json!({"op": "subscribe", "id": "m", "users": "market"}))
        .await
        .unwrap();
    let ack = socket.next().await.unwrap();
    assert_eq!(
        (ack["type"].as_str(), ack["id"].as_str()),
        (Some("ack"), Some("m"))
    );
    let market = socket.next_of("market").await.unwrap();
    let summary = &market["summaries"][0];
    assert!(summary["shareholders"].as_u64().unwrap() >= 1, "{market}");
    assert!(summary["gainers"].is_array() && summary["losers"].is_array());
}

#[tokio::test]
async fn a_star_is_everybody() {
    let stack = Stack::shared();
    let (user, mut socket) = connected(stack).await;
    let other = Session::new(stack).new_user().await.unwrap();
    let (_, snapshot) = socket
        .subscribe("all", json!({"users": "*"}))
        .await
        .unwrap();
    assert!(
        snapshot["prices"].get(user.id.to_string()).is_some(),
        "{snapshot}"
    );
    let mut waiting = vec![user.id, other.id];
    while !waiting.is_empty() {
        let frame = socket.next_of("prices").await.unwrap();
        waiting.retain(|user| moves(&frame, *user).is_empty());
    }
}

#[tokio::test]
async fn a_star_is_refused_where_there_are_too_many_users() {
    let arguments = ["--parameter", "MarketSubscriptionUsers=0"]
        .map(str::to_owned)
        .to_vec();
    let stack = Stack::start(e2e::Options {
        arguments,
        ..e2e::Options::default()
    })
    .unwrap();
    let (_, mut socket) = connected(&stack).await;
    socket
        .send(&json!({"op": "subscribe", "id": "all", "users": "*"}))
        .await
        .unwrap();
    let error = socket.next().await.unwrap();
    assert_eq!(
        (error["code"].as_str(), error["id"].as_str()),
        (Some("market_too_large"), Some("all"))
    );
}

#[tokio::test]
async fn list_unsubscribe_and_ping() {
    let stack = Stack::shared();
    let (user, mut socket) = connected(stack).await;
    socket
        .subscribe("s", json!({"users": "me", "every": 700}))
        .await
        .unwrap();
    socket.send(&json!({"op": "list"})).await.unwrap();
    let list = socket.next_of("subscriptions").await.unwrap();
    assert_eq!(list["subscriptions"][0]["id"], "s", "{list}");
    assert_eq!(list["subscriptions"][0]["every"], 700, "{list}");
    socket
        .send(&json!({"op": "unsubscribe", "id": "s"}))
        .await
        .unwrap();
    let ack = socket.next_of("ack").await.unwrap();
    assert_eq!(
        (ack["op"].as_str(), ack["id"].as_str()),
        (Some("unsubscribe"), Some("s"))
    );
    socket.send(&json!({"op": "list"})).await.unwrap();
    let list = socket.next_of("subscriptions").await.unwrap();
    assert_eq!(list["subscriptions"], json!([]), "{user:?}");
    socket
        .send(&json!({"op": "ping", "id": "p"}))
        .await
        .unwrap();
    assert_eq!(socket.next_of("pong").await.unwrap()["id"], "p");
}

#[tokio::test]
async fn a_bad_message_gets_an_error_and_leaves_the_connection_open() {
    let stack = Stack::shared();
    let (_, mut socket) = connected(stack).await;
    let many: Vec<_> = (0..101).map(|_| uuid::Uuid::now_v7().to_string()).collect();
    let nobody = uuid::Uuid::now_v7().to_string();
    let cases = [
        ("no JSON at all".to_owned(), "bad_message"),
        ("[1,2]".to_owned(), "bad_message"),
        (json!({"op": "dance"}).to_string(), "unknown_op"),
        (
            json!({"op": "subscribe", "id": "x"}).to_string(),
            "bad_message",
        ),
        (
            json!({"op": "subscribe", "id": "x", "users": many}).to_string(),
            "invalid_subscription",
        ),
        (
            json!({"op": "subscribe", "id": "x", "users": "me", "every": 0}).to_string(),
            "invalid_subscription",
        ),
        (
            json!({"op": "subscribe", "id": "x", "users": [nobody]}).to_string(),
            "unknown_user",
        ),
        (
            json!({"op": "unsubscribe", "id": "never"}).to_string(),
            "unknown_subscription",
        ),
        ("x".repeat(20_000), "message_too_large"),
    ];
    for (message, code) in cases {
        socket
            .send_raw(Message::text(message.clone()))
            .await
            .unwrap();
        let error = socket.next().await.unwrap();
        assert_eq!(
            (error["type"].as_str(), error["code"].as_str()),
            (Some("error"), Some(code)),
            "{error}"
        );
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{error}"
        );
    }
    socket.subscribe("s", json!({"users": "me"})).await.unwrap();
    socket
        .send(&json!({"op": "subscribe", "id": "s", "users": "me"}))
        .await
        .unwrap();
    assert_eq!(
        socket.next_of("error").await.unwrap()["code"],
        "duplicate_subscription"
    );
}

#[tokio::test]
async fn a_flood_is_limited() {
    let stack = Stack::shared();
    let (_, mut socket) = connected(stack).await;
    // A machine that is busy answers so few in five seconds that they are no flood; then more come.
    loop {
        for _ in 0..120 {
            socket.send(&json!({"op": "ping"})).await.unwrap();
        }
        for _ in 0..120 {
            let answer = socket.next().await.unwrap();
            if answer["type"] == "error" {
                assert_eq!(answer["code"], "rate_limited", "{answer}");
                return;
            }
            assert_eq!(answer["type"], "pong", "{answer}");
        }
    }
}
