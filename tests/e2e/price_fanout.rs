use std::collections::{HashMap, HashSet};

use domain::Tick;
use e2e::{
    ComingAlert, Options, Session, Socket, Stack, TopicReader, produce, produce_with_headers,
};
use futures_util::future::try_join_all;
use serde_json::{Value, json};

const CONNECTIONS: usize = 1000;
const CONNECTING_AT_ONCE: usize = 20;

fn prices(frame: &Value) -> Vec<(Tick, String, String)> {
    let ticks = frame["ticks"].as_array().into_iter().flatten();
    ticks
        .flat_map(|tick| {
            let number = Tick(tick["tick"].as_u64().unwrap());
            let prices = tick["prices"].as_object().unwrap();
            prices.iter().map(move |(user, price)| {
                (number, user.clone(), price.as_str().unwrap().to_owned())
            })
        })
        .collect()
}

#[tokio::test]
async fn prices_on_the_socket_equal_the_records_equal_the_model() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let (first, second) = (
        session.new_user().await.unwrap(),
        session.new_user().await.unwrap(),
    );
    let users = json!([first.id.to_string(), second.id.to_string()]);
    let mut socket = Socket::authenticated(stack, &first.token).await.unwrap();
    socket
        .subscribe("s", json!({"users": users}))
        .await
        .unwrap();
    let mut received = HashMap::new();
    while received.len() < 6 {
        for (tick, user, price) in prices(&socket.next_of("prices").await.unwrap()) {
            assert!(
                received.insert((tick, user), price).is_none(),
                "a price came twice"
            );
        }
    }
    let reader = TopicReader::open(stack, "user.price.update").await.unwrap();
    let mut missing: Vec<_> = received.keys().cloned().collect();
    let mut read = 0;
    let records = reader
        .read_until(move |records| {
            for record in &records[read..] {
                if let Ok(json) = serde_json::from_slice::<Value>(&record.value) {
                    missing.retain(|(tick, user)| {
                        !(json["tick"] == tick.get() && json["user_id"] == user.as_str())
                    });
                }
            }
            read = records.len();
            missing.is_empty()
        })
        .await
        .unwrap();
    let model = stack.price_model();
    for ((tick, user), price) in &received {
        let record = records
            .iter()
            .filter(|record| record.key == *user)
            .find(|record| record.user_and_tick().1 == *tick);
        assert_eq!(record.unwrap().json()["price"], price.as_str());
        let id = domain::UserId::parse(user).unwrap();
        assert_eq!(model.shareholder(id).price_at(*tick).to_string(), *price);
    }
}

#[tokio::test]
async fn a_poisoned_record_goes_to_the_dead_letters_and_the_feed_goes_on() {
    let stack = Stack::start(Options::default()).unwrap();
    let user = Session::new(&stack).new_user().await.unwrap();
    let mut socket = Socket::authenticated(&stack, &user.token).await.unwrap();
    socket.subscribe("s", json!({"users": "me"})).await.unwrap();
    let before = prices(&socket.next_of("prices").await.unwrap())[0].0;
    produce(
        &stack,
        "user.price.update",
        &user.id.to_string(),
        b"\xff not a price",
    )
    .await
    .unwrap();

    let reader = TopicReader::open(&stack, "dead.letter").await.unwrap();
    let letters = reader
        .read_until(|records| !records.is_empty())
        .await
        .unwrap();
    assert_eq!(letters[0].value, b"\xff not a price");
    let headers: HashMap<_, _> = letters[0].headers.iter().cloned().collect();
    assert!(!headers["dead-letter-reason"].is_empty());
    assert_eq!(headers["source-topic"], "user.price.update");

    let mut expected = before.next();
    while expected < before.plus(3) {
        for (tick, ..) in prices(&socket.next_of("prices").await.unwrap()) {
            assert_eq!(tick, expected);
            expected = expected.next();
        }
    }
}

#[tokio::test]
async fn records_as_large_as_the_broker_takes_hold_up_no_price() {
    let stack = Stack::start(Options::default()).unwrap();
    let user = Session::new(&stack).new_user().await.unwrap();
    let mut socket = Socket::authenticated(&stack, &user.token).await.unwrap();
    socket.subscribe("s", json!({"users": "me"})).await.unwrap();
    let before = prices(&socket.next_of("prices").await.unwrap())[0].0;
    // All on the partition of the user's own prices, but for the one whose key is large.
    let (key, topic) = (user.id.to_string(), "user.price.update");
    let value = |bytes| vec![b'v'; bytes];
    for bytes in [1_010_000, 1_048_400] {
        produce(&stack, topic, &key, &value(bytes)).await.unwrap();
    }
    let large_key = "k".repeat(1_010_000);
    produce(&stack, topic, &large_key, &value(7)).await.unwrap();
    let headers = [("large", &value(1_000_000)[..])];
    let with_headers = produce_with_headers(&stack, topic, &key, b"{}", &headers);
    with_headers.await.unwrap();
    for _ in 0..50 {
        produce(&stack, topic, &key, &value(3)).await.unwrap();
    }

    let reader = TopicReader::open(&stack, "dead.letter").await.unwrap();
    let letters = reader
        .read_until(|records| records.len() >= 54)
        .await
        .unwrap();
    let sizes: HashSet<_> = letters
        .iter()
        .map(|letter| (letter.key.len(), letter.value.len()))
        .collect();
    // Of what doesn't fit with headers that say why, all but the end is kept.
    let cut = letters.iter().find(|letter| letter.value.len() > 1_020_000);
    let cut = cut.unwrap();
    let headers: HashMap<_, _> = cut.headers.iter().cloned().collect();
    assert_eq!(headers["source-value-bytes"], "1048400");
    assert_eq!(headers["source-value-sha256"].len(), 64);
    assert!(cut.value.len() > 1_047_000, "{}", cut.value.len());
    let cut = (36, cut.value.len());
    let whole = [(36, 1_010_000), (1_010_000, 7), (36, 2), (36, 3)];
    assert_eq!(sizes, whole.into_iter().chain([cut]).collect());

    let mut expected = before.next();
    while expected < before.plus(3) {
        for (tick, ..) in prices(&socket.next_of("prices").await.unwrap()) {
            assert_eq!(tick, expected);
            expected = expected.next();
        }
    }
}

#[tokio::test]
async fn a_killed_fan_out_loses_no_later_tick() {
    let stack = Stack::start(Options::default()).unwrap();
    let user = Session::new(&stack).new_user().await.unwrap();
    let mut socket = Socket::authenticated(&stack, &user.token).await.unwrap();
    socket.subscribe("s", json!({"users": "me"})).await.unwrap();
    let before = prices(&socket.next_of("prices").await.unwrap())[0].0;
    stack.kill_function("price-fanout").await.unwrap();
    let mut expected = before.next();
    while expected < before.plus(4) {
        for (tick, ..) in prices(&socket.next_of("prices").await.unwrap()) {
            // Delivery is at least once: what the killed process had sent may come again.
            assert!(tick <= expected, "{expected} is missing, {tick} came");
            expected = expected.max(tick.next());
        }
    }
}

#[tokio::test]
async fn an_alert_whose_fan_out_is_killed_is_delivered_once() {
    let stack = Stack::start(Options::default()).unwrap();
    let session = Session::new(&stack);
    let alert = ComingAlert::by_email(&stack, &session).await.unwrap();
    let down = json!({"throttle": 1_000_000});
    stack.set_outbox_faults(&down).await.unwrap();
    alert.becomes(&session, &["firing"]).await.unwrap();
    for _ in 0..3 {
        stack.kill_function("price-fanout").await.unwrap();
    }
    stack.set_outbox_faults(&json!({})).await.unwrap();
    alert.becomes(&session, &["fired"]).await.unwrap();
    let mails = stack
        .mail_to(&alert.user.email, "Your share")
        .await
        .unwrap();
    assert_eq!(mails.len(), 1, "{mails:?}");
}

#[tokio::test]
async fn a_thousand_connections_all_get_every_tick() {
    let stack = Stack::start(Options::default()).unwrap();
    let user = Session::new(&stack).new_user().await.unwrap();
    let mut sockets = Vec::with_capacity(CONNECTIONS);
    while sockets.len() < CONNECTIONS {
        let connecting = (0..CONNECTING_AT_ONCE).map(async |_| {
            let mut socket = Socket::authenticated(&stack, &user.token).await?;
            let (ack, _) = socket.subscribe("s", json!({"users": "me"})).await?;
            anyhow::Ok((socket, Tick(ack["live_from"].as_u64().unwrap_or_default())))
        });
        sockets.extend(try_join_all(connecting).await.unwrap());
    }
    let last = sockets.last().unwrap().1.plus(2);
    let receiving = sockets.iter_mut().map(async |(socket, live_from)| {
        let mut expected = *live_from;
        while expected <= last {
            for (tick, ..) in prices(&socket.next_of("prices").await?) {
                // A post that was answered too late is made again, so what it sent may come again.
                anyhow::ensure!(tick <= expected, "{expected} is missing, {tick} came");
                expected = expected.max(tick.next());
            }
        }
        Ok(())
    });
    try_join_all(receiving).await.unwrap();
}
