use std::collections::HashMap;
use std::time::Duration;

use app::ticks::{Ended, Report};
use feed::Clock as _;
use test_kit::Record;

use super::world::{MINUTE, T0, World, deadline};

#[tokio::test(start_paused = true)]
async fn every_shareholder_gets_every_tick_at_its_boundary() {
    let world = World::start().await;
    let users = [
        world.shareholder(MINUTE, 1).await,
        world.shareholder(2 * MINUTE, 2).await,
    ];

    let report = world.driver().run("a", deadline(35_000)).await.unwrap();

    // Taken over in tick 0, with ten seconds to spare before the deadline.
    let ended = Ended::Deadline;
    assert_eq!(report, Report { ticks: 4, ended });
    for user in users {
        let times = world.times_of(user);
        assert_eq!(times, [(5_000, 1), (10_000, 2), (15_000, 3), (20_000, 4)]);
    }
    assert_eq!(world.last_tick().await, Some(T0.plus(4)));
}

#[tokio::test(start_paused = true)]
async fn prices_and_summary_are_the_models() {
    let world = World::start().await;
    let user_id = world.shareholder(MINUTE, 1).await;
    world.driver().run("a", deadline(16_000)).await.unwrap();

    let shareholder = World::model().shareholder(user_id);
    let published = world.published();
    let [(_, Record::Price(price)), (_, Record::Summary(summary))] = &published[..] else {
        panic!("{published:?}");
    };
    assert_eq!(price.price, shareholder.price_at(T0.next()));
    assert_eq!(price.previous, shareholder.price_at(T0));
    assert_eq!((summary.tick, summary.shareholders), (T0.next(), 1));
    assert_eq!(summary.mean, Some(price.price));
}

#[tokio::test(start_paused = true)]
async fn a_later_run_takes_over_without_gap_or_repeat() {
    let world = World::start().await;
    let user_id = world.shareholder(MINUTE, 1).await;
    let (first, second) = (world.driver(), world.driver());
    let later = async {
        world.at(22_222).await;
        second.run("b", deadline(50_000)).await.unwrap()
    };
    let (first, second) = tokio::join!(first.run("a", deadline(120_000)), later);

    let first = first.unwrap();
    assert_eq!((first.ticks, first.ended), (4, Ended::TakenOver));
    assert_eq!((second.ticks, second.ended), (3, Ended::Deadline));
    assert_eq!(world.ticks_of(user_id), [1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test(start_paused = true)]
async fn runs_that_start_together_publish_the_same_prices_and_one_remains() {
    let world = World::start().await;
    world.shareholder(MINUTE, 1).await;
    world.publisher.take(Duration::from_millis(1_500));
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
    for (_, record) in world.published() {
        if let Record::Price(update) = record {
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
    let world = World::start().await;
    let user_id = world.shareholder(10 * MINUTE, 1).await;
    world.drove_until(T0.minus(3)).await;
    world.driver().run("a", deadline(16_000)).await.unwrap();

    let (times, ticks): (Vec<_>, Vec<_>) = world.times_of(user_id).into_iter().unzip();
    let ticks: Vec<_> = ticks.into_iter().map(u64::cast_signed).collect();
    assert_eq!(ticks, [-2, -1, 0, 1]);
    assert!(times[2] < 5_000 && times[3] == 5_000, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn at_most_twelve_ticks_are_caught_up() {
    let world = World::start().await;
    let user_id = world.shareholder(60 * MINUTE, 1).await;
    world.drove_until(T0.minus(100)).await;
    world.driver().run("a", deadline(16_000)).await.unwrap();

    assert_eq!(world.ticks_of(user_id).len(), 12 + 1);
    assert_eq!(world.last_tick().await, Some(T0.next()));
}

#[tokio::test(start_paused = true)]
async fn a_last_tick_from_the_future_stops_nobody() {
    let world = World::start().await;
    let user_id = world.shareholder(MINUTE, 1).await;
    world.drove_until(T0.plus(1_000_000)).await;
    world.driver().run("a", deadline(16_000)).await.unwrap();
    assert_eq!(world.times_of(user_id), [(5_000, 1)]);
}

#[tokio::test(start_paused = true)]
async fn a_run_without_time_does_nothing() {
    let world = World::start().await;
    world.shareholder(MINUTE, 1).await;
    let report = world.driver().run("a", deadline(12_000)).await.unwrap();
    assert_eq!((report.ticks, report.ended), (0, Ended::Deadline));
    assert!(world.elapsed() < 12_000);
}

#[tokio::test(start_paused = true)]
async fn the_roster_is_read_in_whole_once_and_then_from_where_it_ended() {
    let world = World::start().await;
    let driver = world.driver();
    driver.run("a", deadline(12_000)).await.unwrap();
    let read_at = world.clock.now_ms();
    driver.run("b", deadline(30_000)).await.unwrap();
    let reads: Vec<u64> = world
        .database
        .requests()
        .iter()
        .filter(|request| request.is("Query", "roster_shard = :shard AND pk >= :first"))
        .map(|request| {
            // The first key: an id begins with the instant of registration.
            let (_, id) = request.body.split_once("\"user#").unwrap();
            u64::from_str_radix(&id[..13].replace('-', ""), 16).unwrap()
        })
        .collect();
    let (first, later) = reads.split_at(16);
    assert!(first.iter().all(|since| *since == 0), "{first:?}");
    assert!(
        later.iter().all(|since| *since > read_at - 3 * MINUTE),
        "{later:?}"
    );
    assert!(!later.is_empty());
}
