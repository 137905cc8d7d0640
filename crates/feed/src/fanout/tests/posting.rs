use std::time::Duration;

use super::stage::{Stage, update, users};
use super::*;
use crate::fakes::{Behaviour, PRICES_PER_FRAME, connection};

const GOOD: usize = 500;

/// A stage with many good connections and `bad` ones, all listening to user 1.
fn stage_with(bad: usize, behaviour: Behaviour) -> Stage {
    let stage = Stage::new();
    for n in 0..GOOD {
        stage.subscribe(&format!("good-{n}"), users([1]), 0, 1);
    }
    for n in 0..bad {
        let id = format!("bad-{n}");
        stage.subscribe(&id, users([1]), 0, 1);
        stage.feed.behave(&id, behaviour);
    }
    stage
}

/// How long after `start` the last of the good connections got its frame, and how many did.
fn good_ones(stage: &Stage, start: Instant) -> (usize, Duration) {
    let got = &stage.feed.known().posts;
    let mut count = 0;
    let mut last = Duration::ZERO;
    for post in got.iter().filter(|post| post.to.0.starts_with("good")) {
        count += 1;
        last = last.max(post.at - start);
    }
    (count, last)
}

#[tokio::test(start_paused = true)]
async fn throttled_connections_get_their_prices_later_and_delay_nobody() {
    let stage = stage_with(300, Behaviour::Throttles(3));
    let start = Instant::now();
    let report = stage.prices(&[update(1, 10)]).await;
    assert_eq!(good_ones(&stage, start), (GOOD, Duration::ZERO));
    assert_eq!(
        (report.retried, report.throttled, report.failed),
        (300, 0, 0)
    );
    assert_eq!(report.posts, GOOD + 300);
    assert!(report.took <= Duration::from_secs(3), "{:?}", report.took);
}

#[tokio::test(start_paused = true)]
async fn who_can_not_keep_up_loses_prices_but_not_the_feed() {
    let stage = stage_with(2, Behaviour::Throttles(1000));
    let report = stage.prices(&[update(1, 10)]).await;
    assert_eq!((report.throttled, report.posts), (2, GOOD));
    assert!(report.took <= Duration::from_secs(4), "{:?}", report.took);
    stage.feed.behave("bad-0", Behaviour::Throttles(0));
    stage.feed.take("bad-0");
    stage.prices(&[update(1, 11)]).await;
    assert_eq!(stage.feed.take("bad-0").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn hanging_connections_delay_the_others_little_and_end() {
    let stage = stage_with(100, Behaviour::Hangs);
    let start = Instant::now();
    let report = stage.prices(&[update(1, 10)]).await;
    assert_eq!(good_ones(&stage, start), (GOOD, Duration::ZERO));
    assert_eq!((report.failed, report.posts), (100, GOOD));
    assert!(report.took <= Duration::from_secs(5), "{:?}", report.took);
    assert_eq!(
        report.failure.as_deref(),
        Some("the message could not be sent: no answer")
    );
}

#[tokio::test(start_paused = true)]
async fn a_batch_ends_even_if_nobody_answers() {
    let stage = stage_with(20_000, Behaviour::Hangs);
    let report = stage.prices(&[update(1, 10)]).await;
    assert_eq!(report.failed + report.posts, 20_000 + GOOD);
    assert!(report.took <= Duration::from_secs(12), "{:?}", report.took);
}

#[tokio::test(start_paused = true)]
async fn a_refused_connection_fails_alone() {
    let stage = stage_with(1, Behaviour::Refuses);
    let report = stage.prices(&[update(1, 10)]).await;
    assert_eq!((report.failed, report.posts), (1, GOOD));
    assert_eq!(
        report.failure.as_deref(),
        Some("the message could not be sent: forbidden")
    );
}

#[tokio::test(start_paused = true)]
async fn a_gone_connection_is_removed_and_never_tried_again() {
    let stage = stage_with(1, Behaviour::Gone);
    let report = stage.prices(&[update(1, 10)]).await;
    assert_eq!((report.gone, report.failed, report.posts), (1, 0, GOOD));
    assert_eq!(stage.feed.known().closed, [connection("bad-0")]);
    let report = stage.prices(&[update(1, 11)]).await;
    assert_eq!((report.gone, report.connections), (0, GOOD));
    assert_eq!(stage.feed.known().attempts[&connection("bad-0")], 1);
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_fails_is_made_up_for_and_the_connection_is_left_alone_meanwhile() {
    let stage = stage_with(1, Behaviour::Gone);
    stage.feed.known().faults.connection_removals = true;
    let report = stage.prices(&[update(1, 10)]).await;
    assert_eq!((report.gone, report.posts), (1, GOOD));
    assert!(stage.feed.known().closed.is_empty());

    stage.feed.known().faults.connection_removals = false;
    let report = stage.prices(&[update(1, 11)]).await;
    assert_eq!((report.gone, report.connections), (0, GOOD));
    assert_eq!(stage.feed.known().closed, [connection("bad-0")]);
    assert_eq!(stage.feed.known().attempts[&connection("bad-0")], 1);
}

#[tokio::test(start_paused = true)]
async fn frames_of_one_connection_keep_their_order_through_retries() {
    let stage = Stage::new();
    stage.subscribe("slow", users([1]), 0, 1);
    stage.feed.behave("slow", Behaviour::Throttles(2));
    let batch: Vec<_> = (0..PRICES_PER_FRAME as u64 * 3)
        .map(|tick| update(1, tick))
        .collect();
    let report = stage.prices(&batch).await;
    assert_eq!((report.posts, report.retried), (3, 1));
    let ticks: Vec<u64> = stage
        .feed
        .take("slow")
        .iter()
        .map(|line| line.split(' ').next().unwrap().parse().unwrap())
        .collect();
    assert!(ticks.is_sorted());
    assert_eq!(ticks.len(), batch.len());
}
