use std::sync::Arc;

use domain::{Price, SavedSnapshot, Snapshot, SnapshotId};

use super::*;
use crate::fakes::{Behaviour, EXPIRES_AT, MemoryFeed, connection, live_operation};

fn user() -> UserId {
    UserId::generate(1, &[1; 10])
}

fn stage(operations: &[&str]) -> (Arc<MemoryFeed>, EventDispatcher) {
    let feed = Arc::<MemoryFeed>::default();
    feed.open("raw", None);
    for text in operations {
        feed.store(text);
    }
    let dispatcher = feed.dispatcher();
    (feed, dispatcher)
}

fn subscribe(feed: &MemoryFeed, to: (&str, &str), text: &str) {
    let shard = (AudienceShard::Own(user()), Interest::Snapshots);
    feed.subscribe(to, shard, Some(live_operation(text)));
}

async fn dispatch(dispatcher: &EventDispatcher, now_ms: u64) -> usize {
    let snapshot = Snapshot {
        id: SnapshotId::generate(1, &[2; 10]),
        user_id: user(),
        price: Price::from_cents(1).unwrap(),
    };
    let event = LiveEvent::SnapshotSaved(SavedSnapshot {
        snapshot,
        saved_at_ms: 1,
    });
    dispatcher
        .dispatch(user(), &[event], now_ms, Duration::ZERO)
        .await
}

/// What was sent, without what the event says.
fn posts(feed: &MemoryFeed) -> Vec<String> {
    let posts = feed.take_posts().into_iter();
    let mut posts: Vec<_> = posts
        .map(|(to, text)| {
            let text = text.trim();
            let text = text.split_once("saved").map_or(text, |(text, _)| text);
            format!("{to}: {}", text.trim())
        })
        .collect();
    posts.sort();
    posts
}

#[tokio::test]
async fn the_raw_feed_and_each_subscription_are_told_and_an_operation_is_executed_once() {
    let (feed, dispatcher) = stage(&["one", "two"]);
    subscribe(&feed, ("a", "1"), "one");
    subscribe(&feed, ("b", "1"), "two");
    subscribe(&feed, ("b", "2"), "one");
    assert_eq!(dispatch(&dispatcher, 0).await, 4);
    let expected = [
        "a: 1 next \"one",
        "b: 1 next \"two",
        "b: 2 next \"one",
        "raw: ",
    ];
    assert_eq!(posts(&feed), expected);
    assert_eq!(feed.known().executed, ["one", "two"]);
}

#[tokio::test]
async fn subscriptions_end_once_and_are_removed_when_that_can_be_done() {
    let (feed, dispatcher) = stage(&["op", "impossible"]);
    subscribe(&feed, ("a", "1"), "op");
    subscribe(&feed, ("b", "1"), "impossible");
    subscribe(&feed, ("c", "1"), "unknown");
    dispatch(&dispatcher, 0).await;
    let expected = ["a: 1 next \"op", "b: 1 error []", "c: 1 lost", "raw: "];
    assert_eq!(posts(&feed), expected);
    feed.known().faults.subscription_removals = true;
    dispatcher.remove_ended().await;
    dispatch(&dispatcher, EXPIRES_AT * 1000).await;
    assert_eq!(posts(&feed), ["a: 1 complete", "a: 1 expired", "raw: "]);
    dispatch(&dispatcher, EXPIRES_AT * 1000).await;
    assert_eq!(posts(&feed), ["raw: "]);

    feed.known().faults.subscription_removals = false;
    dispatcher.remove_ended().await;
    assert_eq!(feed.known().removed.len(), 3);
    dispatcher.remove_ended().await;
    assert_eq!(feed.known().removed.len(), 3);
}

#[tokio::test]
async fn a_gone_connection_is_removed_unless_only_its_raw_feed_is_known() {
    let (feed, dispatcher) = stage(&["op"]);
    subscribe(&feed, ("a", "1"), "op");
    subscribe(&feed, ("b", "1"), "op");
    for id in ["a", "raw"] {
        feed.behave(id, Behaviour::Gone);
    }
    assert_eq!(dispatch(&dispatcher, 0).await, 1);
    assert_eq!(dispatch(&dispatcher, 0).await, 1);
    assert_eq!(posts(&feed), ["b: 1 next \"op"; 2]);
    dispatcher.remove_ended().await;
    assert_eq!(feed.known().closed, [connection("a")]);
}

#[tokio::test]
async fn an_unreadable_audience_or_operation_leaves_the_raw_feed_alone() {
    let (feed, dispatcher) = stage(&["op"]);
    subscribe(&feed, ("a", "1"), "op");
    feed.known().faults.audience = true;
    assert_eq!(dispatch(&dispatcher, 0).await, 1);
    feed.known().faults.audience = false;
    feed.known().faults.operations = true;
    assert_eq!(dispatch(&dispatcher, 0).await, 1);
    feed.known().faults.operations = false;
    assert_eq!(dispatch(&dispatcher, 0).await, 2);
}
