use std::collections::HashMap;

use domain::Tick;

use super::fakes::{Entry, T0, World};
use crate::ticks::{Ended, Report};
use feed::Clock as _;

const MINUTE: u64 = 60_000;

/// A deadline this many milliseconds after T0.
fn deadline(ms: u64) -> u64 {
    T0.starts_at_ms() + ms
}

#[tokio::test(start_paused = true)]
async fn every_shareholder_gets_every_tick_at_its_boundary() {
    let world = World::new();
    let users = [
        world.shareholder(MINUTE, 1),
        world.shareholder(2 * MINUTE, 2),
    ];

    let report = world.driver().run("a", deadline(35_000)).await.unwrap();

    // Taken over in tick 0, with ten seconds to spare before the deadline.
    assert_eq!(
        report,
        Report {
            ticks: 4,
            ended: Ended::Deadline
        }
    );
    for user in users {
        let ticks = world.ticks_of(user);
        assert_eq!(ticks, [(5_000, 1), (10_000, 2), (15_000, 3), (20_000, 4)]);
    }
    assert_eq!(world.state().last_tick, Some(T0.plus(4)));
}

#[tokio::test(start_paused = true)]
async fn prices_and_summary_are_the_models() {
    let world = World::new();
    let user_id = world.shareholder(MINUTE, 1);
    world.driver().run("a", deadline(16_000)).await.unwrap();

    let shareholder = World::model().shareholder(user_id);
    let published = world.state().published.clone();
    let [(_, Entry::Price(price)), (_, Entry::Summary(summary))] = &published[..] else {
        panic!("{published:?}");
    };
    assert_eq!(price.price, shareholder.price_at(T0.next()));
    assert_eq!(price.previous, shareholder.price_at(T0));
    assert_eq!((summary.tick, summary.shareholders), (T0.next(), 1));
    assert_eq!(summary.mean, Some(price.price));
}

#[tokio::test(start_paused = true)]
async fn a_later_run_takes_over_without_gap_or_repeat() {
    let world = World::new();
    let user_id = world.shareholder(MINUTE, 1);
    let (first, second) = (world.driver(), world.driver());
    let later = async {
        world.at(22_222).await;
        second.run("b", deadline(50_000)).await.unwrap()
    };
    let (first, second) = tokio::join!(first.run("a", deadline(120_000)), later);

    assert_eq!(
        first.unwrap(),
        Report {
            ticks: 4,
            ended: Ended::TakenOver
        }
    );
    assert_eq!(
        second,
        Report {
            ticks: 3,
            ended: Ended::Deadline
        }
    );
    let ticks: Vec<u64> = world
        .ticks_of(user_id)
        .iter()
        .map(|(_, tick)| *tick)
        .collect();
    assert_eq!(ticks, [1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test(start_paused = true)]
async fn runs_that_start_together_publish_the_same_prices_and_one_remains() {
    let world = World::new();
    world.shareholder(MINUTE, 1);
    world.state().publishing_takes = std::time::Duration::from_millis(1_500);
    let (first, second) = (world.driver(), world.driver());
    let again = async {
        // In the midst of the first one's publication.
        world.at(6_400).await;
        second.run("b", deadline(40_000)).await.unwrap()
    };
    let (first, second) = tokio::join!(first.run("a", deadline(40_000)), again);

    assert_eq!(first.unwrap().ended, Ended::TakenOver);
    assert_eq!(second.ended, Ended::Deadline);
    let mut prices = HashMap::new();
    for (_, entry) in &world.state().published {
        if let Entry::Price(update) = entry {
            let price = prices.entry(update.tick).or_insert(update.price);
            assert_eq!(*price, update.price);
        }
    }
    let mut ticks: Vec<u64> = prices.keys().map(|tick| tick.0 - T0.0).collect();
    ticks.sort_unstable();
    assert_eq!(ticks, [1, 2, 3, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn missed_ticks_are_caught_up() {
    let world = World::new();
    let user_id = world.shareholder(10 * MINUTE, 1);
    world.state().last_tick = Some(T0.minus(3));
    world.driver().run("a", deadline(16_000)).await.unwrap();

    let (times, ticks): (Vec<u64>, Vec<Tick>) = world
        .state()
        .published
        .iter()
        .filter_map(|(at, entry)| match entry {
            Entry::Price(update) if update.user_id == user_id => Some((*at, update.tick)),
            _ => None,
        })
        .unzip();
    assert_eq!(ticks, [T0.minus(2), T0.minus(1), T0, T0.next()]);
    assert!(times[2] < 5_000 && times[3] == 5_000, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn at_most_twelve_ticks_are_caught_up() {
    let world = World::new();
    let user_id = world.shareholder(60 * MINUTE, 1);
    world.state().last_tick = Some(T0.minus(100));
    world.driver().run("a", deadline(16_000)).await.unwrap();

    let published = world.state().published.clone();
    let prices = published
        .iter()
        .filter(|(_, entry)| matches!(entry, Entry::Price(update) if update.user_id == user_id));
    assert_eq!(prices.count(), 12 + 1);
    assert_eq!(world.state().last_tick, Some(T0.next()));
}

#[tokio::test(start_paused = true)]
async fn a_last_tick_from_the_future_stops_nobody() {
    let world = World::new();
    let user_id = world.shareholder(MINUTE, 1);
    world.state().last_tick = Some(T0.plus(1_000_000));
    world.driver().run("a", deadline(16_000)).await.unwrap();
    assert_eq!(world.ticks_of(user_id), [(5_000, 1)]);
}

#[tokio::test(start_paused = true)]
async fn a_run_without_time_does_nothing() {
    let world = World::new();
    world.shareholder(MINUTE, 1);
    let report = world.driver().run("a", deadline(12_000)).await.unwrap();
    assert_eq!(
        report,
        Report {
            ticks: 0,
            ended: Ended::Deadline
        }
    );
    assert!(world.elapsed() < 12_000);
}

#[tokio::test(start_paused = true)]
async fn the_roster_is_read_in_whole_once_and_then_from_where_it_ended() {
    let world = World::new();
    let driver = world.driver();
    driver.run("a", deadline(12_000)).await.unwrap();
    let read_at = world.now_ms();
    driver.run("b", deadline(30_000)).await.unwrap();
    let reads = world.state().roster_reads.clone();
    assert_eq!(reads[0], 0);
    assert!(
        reads[1..].iter().all(|since| *since > read_at - 3 * MINUTE),
        "{reads:?}"
    );
}
