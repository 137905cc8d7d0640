use std::collections::{BTreeMap, BTreeSet, HashSet};

use proptest::prelude::*;

use super::stage::{Stage, update, users};
use super::*;
use crate::audience::Interest;
use crate::connection::Connections as _;
use crate::fakes::{Faults, connection, user};
use crate::progress::{DeliveryProgress, PublishedTick, TrackDelivery as _};
use domain::Tick;

fn lines(records: &[PriceUpdate]) -> Vec<String> {
    records
        .iter()
        .map(|r| format!("{} {} {}", r.tick, r.user_id, r.price))
        .collect()
}

#[tokio::test]
async fn everybody_gets_what_they_subscribed_to() {
    let stage = Stage::new();
    stage.subscribe("named", users([1, 2]), 0, 1);
    stage.subscribe("all", Interest::AllUsers, 0, 1);
    stage.subscribe("market", Interest::Market, 0, 1);
    let report = stage
        .prices(&[update(1, 10), update(2, 10), update(3, 10)])
        .await;
    assert_eq!(
        stage.feed.take("named"),
        lines(&[update(1, 10), update(2, 10)])
    );
    let all = [update(1, 10), update(2, 10), update(3, 10)];
    assert_eq!(stage.feed.take("all"), lines(&all));
    assert!(stage.feed.take("market").is_empty());
    assert_eq!(
        (report.records, report.connections, report.posts),
        (3, 2, 2)
    );
}

#[tokio::test]
async fn a_subscription_begins_at_its_first_live_tick_and_skips_as_it_asked() {
    let stage = Stage::new();
    stage.subscribe("later", users([1]), 12, 1);
    stage.subscribe("seldom", users([1]), 0, 3);
    stage.subscribe("all seldom", Interest::AllUsers, 13, 4);
    let batch: Vec<_> = (10..=16).map(|tick| update(1, tick)).collect();
    stage.prices(&batch).await;
    assert_eq!(stage.feed.take("later"), lines(&batch[2..]));
    assert_eq!(
        stage.feed.take("seldom"),
        lines(&[update(1, 12), update(1, 15)])
    );
    assert_eq!(stage.feed.take("all seldom"), lines(&[update(1, 16)]));
}

#[tokio::test]
async fn connections_with_the_same_share_get_one_body() {
    let stage = Stage::new();
    for id in ["a", "b"] {
        stage.subscribe(id, Interest::AllUsers, 0, 1);
    }
    for id in ["c", "d"] {
        stage.subscribe(id, users([2]), 0, 1);
    }
    stage.prices(&[update(1, 10), update(2, 10)]).await;
    let got = &stage.feed.known().posts;
    let bodies: HashSet<_> = got.iter().map(|post| post.frame.body().as_ptr()).collect();
    assert_eq!((got.len(), bodies.len()), (4, 2));
}

#[tokio::test]
async fn a_batch_that_comes_twice_is_sent_once() {
    let stage = Stage::new();
    stage.subscribe("a", users([1]), 0, 1);
    let batch = [update(1, 10), update(1, 11), update(2, 10)];
    stage.prices(&batch).await;
    stage.feed.take("a");
    let report = stage.prices(&batch).await;
    assert!(stage.feed.take("a").is_empty());
    // Nobody listens to the other user, so it is nobody's business.
    assert_eq!(
        (report.repeated, report.connections, report.posts),
        (2, 0, 0)
    );
    stage
        .prices(&[update(1, 9), update(1, 12), update(1, 12), update(1, 11)])
        .await;
    assert_eq!(stage.feed.take("a"), lines(&[update(1, 12)]));
}

#[tokio::test]
async fn an_unreadable_audience_fails_the_batch_which_is_then_sent_when_it_comes_again() {
    let stage = Stage::new();
    stage.subscribe("a", users([1]), 0, 1);
    stage.feed.known().faults.audience = true;
    let error = stage
        .fan_out
        .fan_out_prices(&[update(1, 10)], &[], 0)
        .await
        .unwrap_err();
    assert!(error.is_retryable());
    assert!(stage.feed.take("a").is_empty());
    stage.feed.known().faults.audience = false;
    stage.prices(&[update(1, 10)]).await;
    assert_eq!(stage.feed.take("a"), lines(&[update(1, 10)]));
}

#[tokio::test]
async fn a_shard_is_read_when_its_version_has_changed_and_not_otherwise() {
    let stage = Stage::new();
    stage.subscribe("a", users([1]), 0, 1);
    let shard = |n| AudienceShard::Users(Shard::of(user(n)));
    let other = (2..).find(|n| shard(*n) != shard(1)).unwrap();

    let report = stage.prices(&[update(1, 10), update(other, 10)]).await;
    assert_eq!(stage.reads(), HashSet::from([shard(1)]));
    assert_eq!(report.shard_reads, 1);
    stage.prices(&[update(1, 11), update(other, 11)]).await;
    assert_eq!(stage.reads(), HashSet::new());

    stage.subscribe("b", users([other]), 0, 1);
    stage.prices(&[update(1, 12), update(other, 12)]).await;
    assert_eq!(stage.reads(), HashSet::from([shard(other)]));
    assert_eq!(stage.feed.take("b"), lines(&[update(other, 12)]));

    let checks = &stage.feed.known().version_checks;
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
    stage.subscribe("a", users([1]), 0, 1);
    stage.prices(&[update(1, 10)]).await;
    stage.feed.take("a");
    let gone = connection("a");
    stage.feed.remove_connection(&gone).await.unwrap();
    stage.prices(&[update(1, 11)]).await;
    assert!(stage.feed.take("a").is_empty());
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
    stage.subscribe("m", Interest::Market, 11, 1);
    stage.subscribe("seldom", Interest::Market, 0, 2);
    stage.subscribe("all", Interest::AllUsers, 0, 1);
    let batch = vec![summary(12), summary(10), summary(11), summary(11)];
    let report = stage.fan_out.fan_out_market(batch, 61_500).await.unwrap();
    assert_eq!(stage.feed.take("m"), ["11 market 11", "12 market 12"]);
    assert_eq!(stage.feed.take("seldom"), ["10 market 10", "12 market 12"]);
    assert!(stage.feed.take("all").is_empty());
    assert_eq!((report.records, report.posts, report.repeated), (4, 2, 1));
    assert_eq!(report.lateness.as_millis(), 1_500);

    let again = stage
        .fan_out
        .fan_out_market(vec![summary(12), summary(13)], 0)
        .await
        .unwrap();
    assert_eq!(again.repeated, 1);
    assert_eq!(stage.feed.take("m"), ["13 market 13"]);
}

#[tokio::test]
async fn an_empty_batch_costs_nothing() {
    let stage = Stage::new();
    assert_eq!(stage.prices(&[]).await, FanoutReport::default());
    assert!(stage.feed.known().version_checks.is_empty());
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
    fn add_to(&self, stage: &Stage) {
        let topic = self.users.clone().map_or(Interest::AllUsers, users);
        stage.subscribe(
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
            sub.add_to(&stage);
        }
        let mut batches: BTreeMap<u64, Vec<PriceUpdate>> = BTreeMap::new();
        for (batch, user, tick) in &shuffled {
            batches.entry(*batch).or_default().push(update(*user, *tick));
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
                .map(|(_, user, tick)| update(*user, *tick))
                .map(|record| (record.tick, lines(&[record]).remove(0)))
                .collect();
            let got: Vec<_> = stage.feed.take(&connection.to_string()).into_iter()
                .map(|line| (Tick(line.split(' ').next().unwrap().parse().unwrap()), line))
                .collect();
            prop_assert!(got.is_sorted_by_key(|(tick, _)| *tick));
            prop_assert_eq!(got.len(), expected.len());
            prop_assert_eq!(got.into_iter().collect::<BTreeSet<_>>(), expected);
        }
    }
}

const fn at(partition: i32, next_offset: i64, tick: u64) -> PartitionPosition {
    PartitionPosition {
        partition,
        next_offset,
        tick: Tick(tick),
    }
}

#[tokio::test]
async fn what_was_sent_is_recorded_and_says_from_where_clients_resume() {
    let stage = Stage::new();
    stage.subscribe("a", users([1]), 0, 1);
    let ends = vec![at(0, 4, 10), at(1, 2, 10)];
    let published = PublishedTick {
        tick: Tick(10),
        ends,
        is_complete: true,
    };
    stage.feed.record_published(&published).await.unwrap();
    let send = async |tick, position| {
        let (updates, positions) = ([update(1, tick)], [position]);
        let sent = stage.fan_out.fan_out_prices(&updates, &positions, 0).await;
        sent.unwrap().0.resume
    };
    assert_eq!(send(10, at(0, 4, 10)).await, None);
    assert_eq!(send(10, at(1, 2, 10)).await, None);
    assert_eq!(send(11, at(0, 5, 11)).await, Some(Tick(10)));
    // What a newcomer was owed comes later, and takes nothing back.
    assert_eq!(send(9, at(0, 6, 9)).await, Some(Tick(10)));
    let delivered = stage.feed.known().progress.delivered.clone();
    assert_eq!(delivered, [at(1, 2, 10), at(0, 6, 11)]);
}

#[tokio::test]
async fn what_could_not_be_read_or_sent_is_not_recorded() {
    let stage = Stage::new();
    stage.subscribe("a", users([1]), 0, 1);
    let (updates, positions) = ([update(1, 10)], [at(0, 1, 10)]);
    let progress: fn(&mut Faults) -> &mut bool = |faults| &mut faults.progress;
    for broken in [progress, |faults| &mut faults.audience] {
        *broken(&mut stage.feed.known().faults) = true;
        let sent = stage.fan_out.fan_out_prices(&updates, &positions, 0).await;
        assert!(sent.unwrap_err().is_retryable());
        *broken(&mut stage.feed.known().faults) = false;
    }
    assert_eq!(stage.feed.known().progress, DeliveryProgress::default());
    assert!(stage.feed.take("a").is_empty());
}
