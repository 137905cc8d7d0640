use async_trait::async_trait;
use domain::{Price, Snapshot, SnapshotId};

use super::*;
use crate::fakes::{EXPIRES_AT, MemoryFeed, TextOperations, live_operation};
use domain::SavedSnapshot;

/// Everybody has one raw feed.
struct Connections;

#[async_trait]
impl FindConnections for Connections {
    async fn connections_of(&self, _: UserId) -> Result<Vec<ConnectionId>> {
        Ok(vec![ConnectionId("raw".into())])
    }
}

fn user() -> UserId {
    UserId::generate(1, &[1; 10])
}

fn stage(operations: &[&str]) -> (Arc<MemoryFeed>, TellUser) {
    let feed = Arc::<MemoryFeed>::default();
    for text in operations {
        feed.store(text);
    }
    let tell = feed.tell_user(Arc::new(Connections), Arc::new(TextOperations));
    (feed, tell)
}

fn subscribe(feed: &MemoryFeed, to: (&str, &str), text: &str) {
    let shard = (AudienceShard::Own(user()), Topic::Snapshots);
    feed.subscribe(to, shard, Some(live_operation(text)));
}

async fn tell(tell: &TellUser, now_ms: u64) -> usize {
    let snapshot = Snapshot {
        id: SnapshotId::generate(1, &[2; 10]),
        user_id: user(),
        price: Price::from_cents(1).unwrap(),
    };
    let news = News {
        frame: Frame::new("raw"),
        event: LiveEvent::SnapshotSaved(SavedSnapshot {
            snapshot,
            saved_at_ms: 1,
        }),
    };
    let topic = Topic::Snapshots;
    tell.tell(user(), &topic, &[news], now_ms, Duration::ZERO)
        .await
}

/// What was sent, without what the event says.
fn posts(feed: &MemoryFeed) -> Vec<String> {
    let posts = feed.take_posts().into_iter();
    let mut posts: Vec<_> = posts
        .map(|(to, text)| match text.trim().split_once(" saved") {
            Some((text, _)) => format!("{to}: {text}"),
            None => format!("{to}: {}", text.trim()),
        })
        .collect();
    posts.sort();
    posts
}

#[tokio::test]
async fn the_raw_feed_and_each_subscription_are_told_and_an_operation_is_executed_once() {
    let (feed, teller) = stage(&["one", "two"]);
    subscribe(&feed, ("a", "1"), "one");
    subscribe(&feed, ("b", "1"), "two");
    subscribe(&feed, ("b", "2"), "one");
    assert_eq!(tell(&teller, 0).await, 4);
    let expected = [
        "a: 1 next \"one",
        "b: 1 next \"two",
        "b: 2 next \"one",
        "raw: raw",
    ];
    assert_eq!(posts(&feed), expected);
    assert_eq!(feed.known().executed, ["one", "two"]);
}

#[tokio::test]
async fn subscriptions_end_once_and_are_removed_when_that_can_be_done() {
    let (feed, teller) = stage(&["op", "impossible"]);
    subscribe(&feed, ("a", "1"), "op");
    subscribe(&feed, ("b", "1"), "impossible");
    subscribe(&feed, ("c", "1"), "unknown");
    tell(&teller, 0).await;
    let expected = ["a: 1 next \"op", "b: 1 error []", "c: 1 lost", "raw: raw"];
    assert_eq!(posts(&feed), expected);
    feed.known().removals_fail = true;
    teller.tidy().await;
    tell(&teller, EXPIRES_AT * 1000).await;
    assert_eq!(posts(&feed), ["a: 1 complete", "a: 1 expired", "raw: raw"]);
    tell(&teller, EXPIRES_AT * 1000).await;
    assert_eq!(posts(&feed), ["raw: raw"]);

    feed.known().removals_fail = false;
    teller.tidy().await;
    assert_eq!(feed.known().removed.len(), 3);
    teller.tidy().await;
    assert_eq!(feed.known().removed.len(), 3);
}

#[tokio::test]
async fn a_gone_connection_is_removed_unless_only_its_raw_feed_is_known() {
    let (feed, teller) = stage(&["op"]);
    subscribe(&feed, ("a", "1"), "op");
    subscribe(&feed, ("b", "1"), "op");
    feed.known().gone.extend(["a", "raw"].map(str::to_owned));
    assert_eq!(tell(&teller, 0).await, 1);
    assert_eq!(tell(&teller, 0).await, 1);
    assert_eq!(posts(&feed), ["b: 1 next \"op"; 2]);
    teller.tidy().await;
    assert_eq!(feed.known().closed, [ConnectionId("a".into())]);
}

#[tokio::test]
async fn an_unreadable_audience_or_operation_leaves_the_raw_feed_alone() {
    let (feed, teller) = stage(&["op"]);
    subscribe(&feed, ("a", "1"), "op");
    feed.known().audience_fails = true;
    assert_eq!(tell(&teller, 0).await, 1);
    feed.known().audience_fails = false;
    feed.known().reads_fail = true;
    assert_eq!(tell(&teller, 0).await, 1);
    feed.known().reads_fail = false;
    assert_eq!(tell(&teller, 0).await, 2);
}
