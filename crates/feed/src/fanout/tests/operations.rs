use std::collections::HashSet;
use std::time::Duration;

use super::stage::{Stage, update, users};
use super::*;
use crate::audience::Interest;
use crate::connection::{ConnectionId, Connections as _};
use crate::fakes::{
    Behaviour, EXPIRES_AT, connection, live_operation, operation_key, subscription_id, user,
};
use crate::operation::LiveOperation;
use crate::subscription::SubscriptionId;
use domain::{Price, Tick};

const EXPIRED_MS: u64 = EXPIRES_AT * 1000;

/// A stage on which these operations are stored.
fn stage(operations: &[&str]) -> Stage {
    let stage = Stage::new();
    for text in operations {
        stage.feed.store(text);
    }
    stage
}

/// What comes on the subscription `id` to `text` for prices of one tick.
fn next(id: &str, text: &str, records: &[PriceUpdate]) -> String {
    let each = records.iter();
    let each = each.map(|record| format!(" {} {}", record.user_id, record.price));
    let prices: String = each.collect();
    format!("{id} next \"{text} {}{prices}\"", records[0].tick)
}

fn executed(stage: &Stage) -> Vec<String> {
    let mut executed = std::mem::take(&mut stage.feed.known().executed);
    executed.sort();
    executed
}

fn removed(stage: &Stage) -> Vec<(ConnectionId, SubscriptionId)> {
    let mut removed = stage.feed.known().removed.clone();
    removed.sort();
    removed
}

fn subscription(to: &str, id: &str) -> (ConnectionId, SubscriptionId) {
    (connection(to), subscription_id(id))
}

#[tokio::test]
async fn an_operation_is_executed_once_for_all_and_comes_under_each_id() {
    let stage = stage(&["op"]);
    for n in 0..300 {
        let (to, id) = (n.to_string(), format!("id-{n}"));
        stage.subscribe_live(&to, &id, users([1, 2]), "op");
    }
    let batch = [update(1, 10), update(2, 10), update(3, 10)];
    let report = stage.prices(&batch).await;
    assert_eq!(executed(&stage), ["op"]);
    for n in 0..300 {
        let expected = next(&format!("id-{n}"), "op", &batch[..2]);
        assert_eq!(stage.feed.take(&n.to_string()), [expected]);
    }
    assert_eq!(
        (report.executions, report.connections, report.posts),
        (1, 300, 300)
    );
}

#[tokio::test]
async fn subscriptions_of_one_connection_each_get_theirs_and_the_raw_feed_its_own() {
    let stage = stage(&["one", "two"]);
    let audience = &stage;
    audience.subscribe("a", users([1]), 0, 1);
    audience.subscribe_live("a", "1", users([1]), "one");
    audience.subscribe_live("a", "2", users([1]), "one");
    audience.subscribe_live("a", "3", users([1]), "two");
    // The same operation, but another share of the batch.
    audience.subscribe_live("a", "4", Interest::AllUsers, "two");
    let batch = [update(1, 10), update(2, 10)];
    let report = stage.prices(&batch).await;
    let got: HashSet<_> = stage.feed.take("a").into_iter().collect();
    let mine = &batch[..1];
    let expected = [
        format!("10 {} {}", user(1), batch[0].price),
        next("1", "one", mine),
        next("2", "one", mine),
        next("3", "two", mine),
        next("4", "two", &batch),
    ];
    assert_eq!(got, HashSet::from(expected));
    assert_eq!(executed(&stage), ["one", "two", "two"]);
    assert_eq!((report.connections, report.posts), (1, 5));
}

#[tokio::test]
async fn every_tick_is_an_event_and_they_come_in_order_each_with_all_its_results() {
    let stage = stage(&["twice"]);
    stage.subscribe_live("a", "1", Interest::AllUsers, "twice");
    let seldom = Some(live_operation("twice"));
    stage.subscribe_to(("b", "1"), users([1]), (11, 2), seldom);
    stage.feed.behave("a", Behaviour::Throttles(2));
    let batch = [12, 10, 11].map(|tick| update(1, tick));
    let report = stage.prices(&batch).await;
    let of = |tick| next("1", "twice", &[update(1, tick)]);
    let all = [10, 10, 11, 11, 12, 12].map(of);
    assert_eq!(stage.feed.take("a"), all);
    assert_eq!(stage.feed.take("b"), [of(12), of(12)]);
    assert_eq!((report.executions, report.posts, report.retried), (4, 8, 1));
    let bytes: usize = all.iter().chain(&all[..2]).map(|line| line.len() + 1).sum();
    assert_eq!(report.bytes, bytes);

    let report = stage.prices(&batch).await;
    assert_eq!(
        (report.repeated, report.executions, report.posts),
        (3, 0, 0)
    );
}

#[tokio::test]
async fn operations_are_read_once_and_kept_as_long_as_somebody_names_them() {
    let stage = stage(&["one", "two"]);
    stage.subscribe_live("a", "1", users([1]), "one");
    stage.subscribe_live("b", "1", users([1]), "two");
    for tick in 10..13 {
        stage.prices(&[update(1, tick)]).await;
    }
    let reads = |stage: &Stage| std::mem::take(&mut stage.feed.known().reads);
    let first: Vec<_> = reads(&stage).into_iter().map(HashSet::from_iter).collect();
    let both = HashSet::from(["one", "two"].map(operation_key));
    assert_eq!(first, [both]);

    let gone = connection("b");
    stage.feed.remove_connection(&gone).await.unwrap();
    stage.prices(&[update(1, 13)]).await;
    stage.subscribe_live("c", "1", users([1]), "two");
    stage.prices(&[update(1, 14)]).await;
    assert_eq!(reads(&stage), [[operation_key("two")]]);
}

#[tokio::test]
async fn unreadable_operations_fail_the_batch_which_is_then_sent_when_it_comes_again() {
    let stage = stage(&["op"]);
    stage.subscribe("raw", users([1]), 0, 1);
    stage.subscribe_live("a", "1", users([1]), "op");
    stage.feed.known().faults.operations = true;
    let batch = [update(1, 10)];
    let error = stage
        .fan_out
        .fan_out_prices(&batch, &[], 0)
        .await
        .unwrap_err();
    assert!(error.is_retryable());
    assert!(stage.feed.known().posts.is_empty());
    stage.feed.known().faults.operations = false;
    assert_eq!(stage.prices(&batch).await.posts, 2);
}

#[tokio::test]
async fn who_has_an_expired_token_is_told_so_once_and_gets_nothing_more() {
    let stage = stage(&["op"]);
    let longer = live_operation("op");
    let longer = Some(LiveOperation {
        expires_at: longer.expires_at + 1,
        ..longer
    });
    stage.subscribe_live("a", "1", users([1]), "op");
    stage.subscribe_to(("a", "2"), users([1]), (0, 1), longer);
    stage.feed.known().faults.subscription_removals = true;
    let prices = async |tick, now_ms| {
        let batch = [update(1, tick)];
        stage
            .fan_out
            .fan_out_prices(&batch, &[], now_ms)
            .await
            .unwrap()
            .0
    };
    assert_eq!(prices(10, EXPIRED_MS - 1).await.posts, 2);
    stage.feed.take("a");

    let report = prices(11, EXPIRED_MS).await;
    let mut got = stage.feed.take("a");
    got.sort();
    let still = next("2", "op", &[update(1, 11)]);
    assert_eq!(got, ["1 complete", "1 expired", still.as_str()]);
    assert_eq!((report.expired, report.executions), (1, 1));

    stage.feed.known().faults.subscription_removals = false;
    let report = prices(12, EXPIRED_MS).await;
    assert_eq!((report.expired, report.posts), (0, 1));
    assert_eq!(removed(&stage), [subscription("a", "1")]);
    prices(13, EXPIRED_MS).await;
    assert_eq!(removed(&stage).len(), 1);
}

#[tokio::test]
async fn what_can_not_be_executed_or_found_ends_with_an_error_and_disturbs_nobody() {
    let stage = stage(&["op", "impossible"]);
    let audience = &stage;
    audience.subscribe_live("a", "1", users([1]), "impossible");
    audience.subscribe_live("a", "2", users([1]), "op");
    audience.subscribe_live("b", "1", users([1]), "unknown");
    audience.subscribe("c", users([1]), 0, 1);
    let report = stage.prices(&[update(1, 10), update(1, 11)]).await;
    assert_eq!(
        (report.impossible, report.lost, report.executions),
        (1, 1, 3)
    );
    let (errors, results): (Vec<_>, Vec<_>) = stage
        .feed
        .take("a")
        .into_iter()
        .partition(|line| line.contains("error"));
    assert_eq!(errors, ["1 error []"]);
    assert_eq!(results.len(), 2);
    assert_eq!(stage.feed.take("b"), ["1 lost"]);
    assert_eq!(stage.feed.take("c").len(), 2);
    let ended = [subscription("a", "1"), subscription("b", "1")];
    assert_eq!(removed(&stage), ended);

    let report = stage.prices(&[update(1, 12)]).await;
    assert_eq!((report.impossible, report.lost, report.posts), (0, 0, 2));
    assert!(stage.feed.take("b").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_gone_connection_is_removed_once_and_none_of_its_subscriptions_is_tried_again() {
    let stage = stage(&["op"]);
    stage.subscribe("a", users([1]), 0, 1);
    for id in ["1", "2", "3"] {
        stage.subscribe_live("a", id, users([1]), "op");
    }
    stage.subscribe_live("b", "1", users([1]), "op");
    stage.feed.behave("a", Behaviour::Gone);
    stage.feed.known().faults.connection_removals = true;
    let report = stage.prices(&[update(1, 10)]).await;
    assert_eq!((report.gone, report.posts, report.failed), (1, 1, 0));
    let attempts = || stage.feed.known().attempts[&connection("a")];
    let before = attempts();
    stage.feed.known().faults.connection_removals = false;
    let report = stage.prices(&[update(1, 11)]).await;
    assert_eq!((report.gone, report.connections, report.posts), (0, 1, 1));
    assert_eq!(attempts(), before);
    assert_eq!(stage.feed.known().closed, [connection("a")]);
    assert!(removed(&stage).is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_comes_too_late_is_neither_executed_nor_sent() {
    let stage = Stage::new();
    for n in 0..3_000 {
        let text = format!("op {n}");
        stage.feed.store(&text);
        let to = n.to_string();
        stage.subscribe_live(&to, "1", users([1]), &text);
        stage.feed.behave(&to, Behaviour::Hangs);
    }
    let report = stage.prices(&[update(1, 10)]).await;
    assert_eq!((report.failed, report.posts), (3_000, 0));
    assert!(report.executions < 2_000, "{}", report.executions);
    assert!(report.took <= Duration::from_secs(12), "{:?}", report.took);
}

#[tokio::test]
async fn summaries_and_registrations_are_an_event_each() {
    let stage = stage(&["op"]);
    stage.subscribe_live("m", "1", Interest::Market, "op");
    let newcomers = Interest::Registrations;
    stage.subscribe_live("r", "1", newcomers, "op");
    let summary = |tick| Summary {
        tick: Tick(tick),
        shareholders: 0,
        mean: None,
        gainers: Vec::new(),
        losers: Vec::new(),
    };
    let batch = vec![summary(12), summary(11)];
    stage.fan_out.fan_out_market(batch, 0).await.unwrap();
    let of = |tick| format!("1 next \"op market {tick}\"");
    assert_eq!(stage.feed.take("m"), [of(11), of(12)]);

    let newcomer = |n| Newcomer {
        user_id: user(n),
        name: n.to_string(),
        registered_at_ms: 0,
        opening_price: Price::from_cents(1).unwrap(),
    };
    let batch = vec![newcomer(2), newcomer(1)];
    let report = stage.fan_out.fan_out_registrations(batch, 0).await.unwrap();
    let of = |n| format!("1 next \"op registered {}\"", user(n));
    assert_eq!(stage.feed.take("r"), [of(1), of(2)]);
    assert_eq!(report.executions, 2);
}
