use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{Price, Tick, UserId};
use e2e::{Record, Session, Stack, TopicReader};
use serde_json::json;

/// The ticks of one user among price records, in order.
fn ticks_of(records: &[Record], user: UserId) -> Vec<Tick> {
    let key = user.to_string();
    let own = records.iter().filter(|record| record.key == key);
    own.map(|record| record.user_and_tick().1).collect()
}

#[tokio::test]
async fn every_tick_of_a_user_is_published_at_the_price_of_the_model() {
    let stack = Stack::shared();
    let user = Session::new(stack).new_user().await.unwrap().id;
    let reader = TopicReader::open(stack, "user.price.update").await.unwrap();
    let records = reader
        .read_until(move |records| {
            records
                .last()
                .is_some_and(|last| last.key == user.to_string())
                && ticks_of(records, user).len() >= 4
        })
        .await
        .unwrap();

    let shareholder = stack.price_model().shareholder(user);
    let mut ticks = ticks_of(&records, user);
    ticks.dedup();
    let first = shareholder.opening_tick().next();
    let expected: Vec<_> = (0..ticks.len() as u64).map(|n| first.plus(n)).collect();
    assert_eq!(ticks, expected, "from the first tick on, none is missing");
    for record in records
        .iter()
        .filter(|record| record.key == user.to_string())
    {
        let json = record.json();
        let (_, tick) = record.user_and_tick();
        assert_eq!(json["price"], shareholder.price_at(tick).to_string());
        assert_eq!(
            json["previous"],
            shareholder.price_at(tick.previous()).to_string()
        );
        assert!(json["at"].as_str().unwrap().ends_with('Z'));
    }
}

#[tokio::test]
async fn a_registration_is_announced_once() {
    let stack = Stack::shared();
    let user = Session::new(stack).new_user().await.unwrap().id;
    let reader = TopicReader::open(stack, "user.registered").await.unwrap();
    let key = user.to_string();
    let wanted = key.clone();
    let records = reader
        .read_until(move |records| records.iter().any(|record| record.key == wanted))
        .await
        .unwrap();
    let events: Vec<_> = records.iter().filter(|record| record.key == key).collect();
    assert_eq!(events.len(), 1);
    let event = events[0].json();
    assert_eq!(event["user_id"], key);
    assert_eq!(event["name"], "Ada Lovelace");
    assert!(event["event_id"].is_string() && event["registered_at"].is_string());
    assert!(
        event.get("email").is_none(),
        "no personal data beyond the name"
    );
}

#[tokio::test]
async fn overlapping_invocations_publish_the_same_prices_and_leave_no_gap() {
    let stack = Stack::shared();
    let user = Session::new(stack).new_user().await.unwrap().id;
    // Two more drivers, as a doubled schedule would start them; they hand over among each other.
    let (event, other) = (json!({}), json!({"late": true}));
    let doubled = async {
        tokio::join!(
            stack.invoke("price-tick", &event),
            stack.invoke("price-tick", &other)
        )
    };
    let reader = TopicReader::open(stack, "user.price.update").await.unwrap();
    let published = reader.read_until(move |records| ticks_of(records, user).len() >= 5);
    tokio::pin!(published);
    let records = tokio::select! {
        records = &mut published => records,
        // The schedule's own invocation may take over from both before the fifth tick.
        (first, second) = doubled => {
            first.and(second).unwrap();
            published.await
        }
    };
    let records = records.unwrap();
    let mut prices: HashMap<(UserId, Tick), String> = HashMap::new();
    for record in &records {
        let price = record.json()["price"].to_string();
        let known = prices
            .entry(record.user_and_tick())
            .or_insert_with(|| price.clone());
        assert_eq!(*known, price, "one shareholder had two prices at one tick");
    }
    let ticks: BTreeSet<_> = ticks_of(&records, user).into_iter().collect();
    let (first, last) = (ticks.first().unwrap().get(), ticks.last().unwrap().get());
    assert_eq!(
        last - first + 1,
        ticks.len() as u64,
        "a tick is missing: {ticks:?}"
    );
}

#[tokio::test]
async fn the_market_is_summed_up_at_every_tick() {
    let stack = Stack::shared();
    let user = Session::new(stack).new_user().await.unwrap().id;
    let listed = stack.price_model().shareholder(user).opening_tick().plus(2);
    let reader = TopicReader::open(stack, "market.summary").await.unwrap();
    let records = reader
        .read_until(move |records| {
            records
                .last()
                .is_some_and(|last| last.json()["tick"].as_u64() >= Some(listed.get() + 2))
        })
        .await
        .unwrap();
    let by_tick: BTreeMap<u64, _> = records
        .iter()
        .map(|record| (record.json()["tick"].as_u64().unwrap(), record.json()))
        .collect();
    for tick in listed.get()..listed.get() + 2 {
        let summary = &by_tick[&tick];
        assert!(summary["shareholders"].as_u64().unwrap() >= 1);
        Price::parse(summary["mean"].as_str().unwrap()).unwrap();
        for side in ["gainers", "losers"] {
            let movers = summary[side].as_array().unwrap();
            assert!(movers.len() <= 10);
            for mover in movers {
                let id = UserId::parse(mover["user_id"].as_str().unwrap()).unwrap();
                let price = stack.price_model().shareholder(id).price_at(Tick(tick));
                assert_eq!(mover["price"], price.to_string());
            }
        }
    }
}
