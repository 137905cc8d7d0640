use std::collections::{BTreeMap, BTreeSet, HashSet};

use proptest::prelude::*;

use super::fakes::{MemoryAudience, Stage, record, user, users};
use super::*;
use crate::Topic;

fn lines(records: &[PriceRecord]) -> Vec<String> {
    records
        .iter()
        .map(|r| format!("{} {} {}", r.tick, r.user_id, r.price))
        .collect()
}

#[tokio::test]
async fn everybody_gets_what_they_subscribed_to() {
    let stage = Stage::new();
    stage.audience.subscribe("named", users([1, 2]), 0, 1);
    stage.audience.subscribe("all", Topic::AllUsers, 0, 1);
    stage.audience.subscribe("market", Topic::Market, 0, 1);
    let report = stage
        .prices(&[record(1, 10), record(2, 10), record(3, 10)])
        .await;
    assert_eq!(
        stage.connections.take("named"),
        lines(&[record(1, 10), record(2, 10)])
    );
    let all = [record(1, 10), record(2, 10), record(3, 10)];
    assert_eq!(stage.connections.take("all"), lines(&all));
    assert!(stage.connections.take("market").is_empty());
    assert_eq!(
        (report.records, report.connections, report.posts),
        (3, 2, 2)
    );
}

#[tokio::test]
async fn a_subscription_begins_at_its_first_live_tick_and_skips_as_it_asked() {
    let stage = Stage::new();
    stage.audience.subscribe("later", users([1]), 12, 1);
    stage.audience.subscribe("seldom", users([1]), 0, 3);
    stage
        .audience
        .subscribe("all seldom", Topic::AllUsers, 13, 4);
    let batch: Vec<_> = (10..=16).map(|tick| record(1, tick)).collect();
    stage.prices(&batch).await;
    assert_eq!(stage.connections.take("later"), lines(&batch[2..]));
    assert_eq!(
        stage.connections.take("seldom"),
        lines(&[record(1, 12), record(1, 15)])
    );
    assert_eq!(
        stage.connections.take("all seldom"),
        lines(&[record(1, 16)])
    );
}

#[tokio::test]
async fn connections_with_the_same_share_get_one_body() {
    let stage = Stage::new();
    for id in ["a", "b"] {
        stage.audience.subscribe(id, Topic::AllUsers, 0, 1);
    }
    for id in ["c", "d"] {
        stage.audience.subscribe(id, users([2]), 0, 1);
    }
    stage.prices(&[record(1, 10), record(2, 10)]).await;
    let got = stage.connections.got.lock().unwrap();
    let bodies: HashSet<_> = got
        .iter()
        .map(|(_, frame, _)| frame.body().as_ptr())
        .collect();
    assert_eq!((got.len(), bodies.len()), (4, 2));
}

#[tokio::test]
async fn a_batch_that_comes_twice_is_sent_once() {
    let stage = Stage::new();
    stage.audience.subscribe("a", users([1]), 0, 1);
    let batch = [record(1, 10), record(1, 11), record(2, 10)];
    stage.prices(&batch).await;
    stage.connections.take("a");
    let report = stage.prices(&batch).await;
    assert!(stage.connections.take("a").is_empty());
    // Nobody listens to the other user, so it is nobody's business.
    assert_eq!(
        (report.repeated, report.connections, report.posts),
        (2, 0, 0)
    );
    stage
        .prices(&[record(1, 9), record(1, 12), record(1, 12), record(1, 11)])
        .await;
    assert_eq!(stage.connections.take("a"), lines(&[record(1, 12)]));
}

#[tokio::test]
async fn an_unreadable_audience_fails_the_batch_which_is_then_sent_when_it_comes_again() {
    let stage = Stage::new();
    stage.audience.subscribe("a", users([1]), 0, 1);
    *stage.audience.broken.lock().unwrap() = true;
    let error = stage
        .fan_out
        .fan_out_prices(&[record(1, 10)], 0)
        .await
        .unwrap_err();
    assert!(error.is_retryable());
    assert!(stage.connections.take("a").is_empty());
    *stage.audience.broken.lock().unwrap() = false;
    stage.prices(&[record(1, 10)]).await;
    assert_eq!(stage.connections.take("a"), lines(&[record(1, 10)]));
}

#[tokio::test]
async fn a_shard_is_read_when_its_version_has_changed_and_not_otherwise() {
    let stage = Stage::new();
    stage.audience.subscribe("a", users([1]), 0, 1);
    let shard = |n| AudienceShard::Users(Shard::of(user(n)));
    let other = (2..).find(|n| shard(*n) != shard(1)).unwrap();

    let report = stage.prices(&[record(1, 10), record(other, 10)]).await;
    assert_eq!(stage.reads(), HashSet::from([shard(1)]));
    assert_eq!(report.shard_reads, 1);
    stage.prices(&[record(1, 11), record(other, 11)]).await;
    assert_eq!(stage.reads(), HashSet::new());

    stage.audience.subscribe("b", users([other]), 0, 1);
    stage.prices(&[record(1, 12), record(other, 12)]).await;
    assert_eq!(stage.reads(), HashSet::from([shard(other)]));
    assert_eq!(stage.connections.take("b"), lines(&[record(other, 12)]));

    let checks = stage.audience.version_checks.lock().unwrap();
    assert_eq!(checks.len(), 3);
    // Two touched shards, and those who listen to all users.
    assert!(
        checks.iter().all(|shards| shards.len() == 2 + 8),
        "{checks:?}"
    );
}

#[tokio::test]
async fn who_unsubscribed_gets_nothing_more() {
    let stage = Stage::new();
    stage.audience.subscribe("a", users([1]), 0, 1);
    stage.prices(&[record(1, 10)]).await;
    stage.connections.take("a");
    let gone = super::fakes::connection("a");
    stage.audience.remove_connection(&gone).await.unwrap();
    stage.prices(&[record(1, 11)]).await;
    assert!(stage.connections.take("a").is_empty());
}

#[tokio::test]
async fn market_summaries_go_to_those_who_asked_each_once() {
    let summary = |tick| Summary {
        tick: Tick(tick),
        shareholders: tick,
        mean: None,
        gainers: Vec::new(),
        losers: Vec::new(),
    };
    let stage = Stage::new();
    stage.audience.subscribe("m", Topic::Market, 11, 1);
    stage.audience.subscribe("seldom", Topic::Market, 0, 2);
    stage.audience.subscribe("all", Topic::AllUsers, 0, 1);
    let batch = vec![summary(12), summary(10), summary(11), summary(11)];
    let report = stage.fan_out.fan_out_market(batch, 61_500).await.unwrap();
    assert_eq!(
        stage.connections.take("m"),
        ["11 market 11", "12 market 12"]
    );
    assert_eq!(
        stage.connections.take("seldom"),
        ["10 market 10", "12 market 12"]
    );
    assert!(stage.connections.take("all").is_empty());
    assert_eq!((report.records, report.posts, report.repeated), (4, 2, 1));
    assert_eq!(report.lateness.as_millis(), 1_500);

    let again = stage
        .fan_out
        .fan_out_market(vec![summary(12), summary(13)], 0)
        .await
        .unwrap();
    assert_eq!(again.repeated, 1);
    assert_eq!(stage.connections.take("m"), ["13 market 13"]);
}

#[tokio::test]
async fn an_empty_batch_costs_nothing() {
    let stage = Stage::new();
    assert_eq!(stage.prices(&[]).await, FanoutReport::default());
    assert!(stage.audience.version_checks.lock().unwrap().is_empty());
}

#[derive(Debug, Clone)]
struct Sub {
    connection: u64,
    users: Option<Vec<u64>>,
    live_from: u64,
    every: u32,
}

fn sub() -> impl Strategy<Value = Sub> {
    let users = prop::option::weighted(0.7, prop::collection::vec(0..8_u64, 1..5));
    (0..5_u64, users, 0..12_u64, 1..4_u32).prop_map(|(connection, users, live_from, every)| Sub {
        connection,
        users,
        live_from,
        every,
    })
}

impl Sub {
    fn add_to(&self, audience: &MemoryAudience) {
        let topic = self.users.clone().map_or(Topic::AllUsers, users);
        audience.subscribe(
            &self.connection.to_string(),
            topic,
            self.live_from,
            self.every,
        );
    }

    fn wants(&self, user: u64, tick: u64) -> bool {
        tick >= self.live_from
            && tick.is_multiple_of(u64::from(self.every))
            && self
                .users
                .as_ref()
                .is_none_or(|users| users.contains(&user))
    }
}

proptest! {
    /// Whatever the subscriptions and however the records are cut into batches: each connection gets
    /// each price that one of its subscriptions wants exactly once, ticks ascending.
    #[test]
    fn each_wanted_price_comes_exactly_once_and_in_order(
        subs in prop::collection::vec(sub(), 0..12),
        shuffled in Just((0..8_u64).flat_map(|user| (0..12_u64).map(move |tick| (tick / 3, user, tick)))
            .collect::<Vec<_>>()).prop_shuffle(),
        repeat in any::<bool>(),
    ) {
        let stage = Stage::new();
        for sub in &subs {
            sub.add_to(&stage.audience);
        }
        let mut batches: BTreeMap<u64, Vec<PriceRecord>> = BTreeMap::new();
        for (batch, user, tick) in &shuffled {
            batches.entry(*batch).or_default().push(record(*user, *tick));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for batch in batches.values() {
            runtime.block_on(stage.prices(batch));
            if repeat {
                runtime.block_on(stage.prices(batch));
            }
        }
        for connection in 0..5_u64 {
            let wanted = |user, tick| {
                subs.iter().any(|sub| sub.connection == connection && sub.wants(user, tick))
            };
            let expected: BTreeSet<_> = shuffled
                .iter()
                .filter(|(_, user, tick)| wanted(*user, *tick))
                .map(|(_, user, tick)| record(*user, *tick))
                .map(|record| (record.tick, lines(&[record]).remove(0)))
                .collect();
            let got: Vec<_> = stage.connections.take(&connection.to_string()).into_iter()
                .map(|line| (Tick(line.split(' ').next().unwrap().parse().unwrap()), line))
                .collect();
            prop_assert!(got.is_sorted_by_key(|(tick, _)| *tick));
            prop_assert_eq!(got.len(), expected.len());
            prop_assert_eq!(got.into_iter().collect::<BTreeSet<_>>(), expected);
        }
    }
}
