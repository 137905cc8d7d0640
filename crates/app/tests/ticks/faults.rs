use app::ticks::{Ended, Report, TickStore as _};

use super::world::{MINUTE, World, deadline};

#[tokio::test(start_paused = true)]
async fn a_broker_that_comes_back_gets_every_tick_in_order() {
    let world = World::start().await;
    let user_id = world.shareholder(MINUTE, 1).await;
    world.kafka_is_down(9_000..21_000);
    let report = world.driver().run("a", deadline(41_000)).await.unwrap();

    let ended = Ended::Deadline;
    assert_eq!(report, Report { ticks: 6, ended });
    let ticks = world.times_of(user_id);
    assert_eq!(world.ticks_of(user_id), [1, 2, 3, 4, 5, 6]);
    assert!((21_000..21_500).contains(&ticks[1].0), "{ticks:?}");
    assert!(ticks[3].0 < 21_500, "{ticks:?}");
}

#[tokio::test(start_paused = true)]
async fn a_long_outage_costs_all_but_the_last_minute() {
    let world = World::start().await;
    let user_id = world.shareholder(MINUTE, 1).await;
    world.kafka_is_down(9_000..109_000);
    world.driver().run("a", deadline(121_000)).await.unwrap();

    let expected: Vec<u64> = std::iter::once(1).chain(10..=22).collect();
    assert_eq!(world.ticks_of(user_id), expected);
}

#[tokio::test(start_paused = true)]
async fn ticks_go_on_without_storage() {
    let world = World::start().await;
    let user_id = world.shareholder(MINUTE, 1).await;
    world.storage_is_down(6_000..60_000);
    let report = world.driver().run("a", deadline(31_000)).await.unwrap();

    assert_eq!(report.ticks, 4);
    let times = world.times_of(user_id);
    assert_eq!(times, [(5_000, 1), (10_000, 2), (15_000, 3), (20_000, 4)]);
}

#[tokio::test(start_paused = true)]
async fn a_run_waits_for_the_broker_before_it_takes_over() {
    let world = World::start().await;
    world.shareholder(MINUTE, 1).await;
    world.publisher.set_down(true);
    world.kafka_is_down(0..7_000);
    world.store().take_over("other").await.unwrap();
    let driver = world.driver();
    let watching = async {
        world.at(6_999).await;
        assert!(world.store().is_owner("other").await.unwrap());
    };
    let (report, ()) = tokio::join!(driver.run("a", deadline(26_000)), watching);
    assert_eq!(report.unwrap().ticks, 2);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_never_becomes_ready_fails_before_its_deadline() {
    let world = World::start().await;
    world.publisher.set_down(true);
    let error = world.driver().run("a", deadline(30_000)).await.unwrap_err();
    assert_eq!(error.to_string(), "Kafka is unavailable");
    assert!(world.elapsed() <= 20_000);
}
