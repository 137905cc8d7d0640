use std::time::Duration;

use app::users::Users as _;
use test_kit::Record;

use super::world::{MINUTE, T0, World, deadline};

/// The shareholders that the summary of each tick counts.
fn counted(world: &World) -> Vec<(u64, u64)> {
    let counts = |(_, record)| match record {
        Record::Summary(summary) => Some((summary.tick.0 - T0.0, summary.shareholders)),
        _ => None,
    };
    world.published().into_iter().filter_map(counts).collect()
}

#[tokio::test(start_paused = true)]
async fn a_deleted_user_gets_no_price_at_the_next_boundary() {
    let world = World::start().await;
    let gone = world.shareholder(MINUTE, 1).await;
    let stays = world.shareholder(MINUTE, 2).await;
    let driver = world.driver();
    let deleting = async {
        // The tick of 10 s is prepared by now, and is prepared again.
        world.at(8_000).await;
        world.delete(gone).await;
    };
    let (report, ()) = tokio::join!(driver.run("a", deadline(31_000)), deleting);

    assert_eq!(report.unwrap().ticks, 4);
    assert_eq!(world.ticks_of(gone), [1]);
    assert_eq!(world.ticks_of(stays), [1, 2, 3, 4]);
    assert_eq!(counted(&world), [(1, 2), (2, 1), (3, 1), (4, 1)]);
}

#[tokio::test(start_paused = true)]
async fn who_is_deleted_just_before_a_boundary_gets_one_last_price() {
    let world = World::start().await;
    let gone = world.shareholder(MINUTE, 1).await;
    let driver = world.driver();
    let deleting = async {
        world.at(9_700).await;
        world.delete(gone).await;
    };
    let (_, ()) = tokio::join!(driver.run("a", deadline(31_000)), deleting);
    assert_eq!(world.ticks_of(gone), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn an_index_that_lags_behind_brings_nobody_back() {
    let world = World::start().await;
    world.database.lag("roster", |change| {
        Duration::from_secs(if change.is_deleted { 15 } else { 0 })
    });
    let driver = world.driver();
    let deleting = async {
        // Known to the ticker through the roster's index too, which is compared each second.
        world.at(2_000).await;
        let user_id = world.register(1).await;
        world.at(7_000).await;
        world.delete(user_id).await;
        user_id
    };
    let (_, gone) = tokio::join!(driver.run("a", deadline(41_000)), deleting);
    assert_eq!(world.ticks_of(gone), [1]);
}

#[tokio::test(start_paused = true)]
async fn who_is_deleted_before_being_announced_never_is() {
    let world = World::start().await;
    for index in ["roster", "outbox"] {
        world.database.lag(index, |change| {
            Duration::from_secs(if change.is_deleted { 5 } else { 0 })
        });
    }
    let driver = world.driver();
    let coming_and_going = async {
        world.at(6_100).await;
        let user_id = world.register(1).await;
        world.delete(user_id).await;
        user_id
    };
    let (_, gone) = tokio::join!(driver.run("a", deadline(31_000)), coming_and_going);
    assert_eq!(world.announced(), []);
    assert_eq!(world.ticks_of(gone), Vec::<u64>::new());
}

#[tokio::test(start_paused = true)]
async fn an_overlapping_run_that_read_the_roster_before_learns_of_it() {
    let world = World::start().await;
    let gone = world.shareholder(MINUTE, 1).await;
    let stays = world.shareholder(MINUTE, 2).await;
    let (first, second) = (world.driver(), world.driver());
    let later = async {
        // Reads the roster at 19 s and waits for its turn until 21 s.
        world.at(19_000).await;
        second.run("b", deadline(51_000)).await.unwrap()
    };
    let deleting = async {
        world.at(19_500).await;
        world.delete(gone).await;
    };
    let (first, _, ()) = tokio::join!(first.run("a", deadline(120_000)), later, deleting);
    // The first had its tick of 20 s checked and prepared by then.
    first.unwrap();
    assert_eq!(world.ticks_of(gone), [1, 2, 3, 4]);
    assert_eq!(world.ticks_of(stays), [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[tokio::test(start_paused = true)]
async fn a_warm_process_learns_of_who_was_deleted_while_it_slept() {
    let world = World::start().await;
    let gone = world.shareholder(MINUTE, 1).await;
    let stays = world.shareholder(MINUTE, 2).await;
    let driver = world.driver();
    driver.run("a", deadline(16_000)).await.unwrap();
    assert_eq!(world.ticks_of(gone), [1]);

    world.at(20_000).await;
    let deletion = world.delete(gone).await;
    // The outbox no longer shows it.
    let finished = world.database.users().finish_deletion(&deletion).await;
    finished.unwrap();
    world.at(3_600_000).await;
    world.drove_until(T0.plus(719)).await;
    driver.run("a", deadline(3_616_000)).await.unwrap();
    assert_eq!(world.ticks_of(gone), [1]);
    assert_eq!(world.ticks_of(stays), [1, 720, 721]);
}

#[tokio::test(start_paused = true)]
async fn ticks_that_are_caught_up_leave_out_who_was_deleted_meanwhile() {
    let world = World::start().await;
    let gone = world.shareholder(MINUTE, 1).await;
    let stays = world.shareholder(MINUTE, 2).await;
    world.kafka_is_down(9_000..21_000);
    let driver = world.driver();
    let deleting = async {
        world.at(16_000).await;
        world.delete(gone).await;
    };
    let (_, ()) = tokio::join!(driver.run("a", deadline(36_000)), deleting);
    assert_eq!(world.ticks_of(gone), [1]);
    assert_eq!(world.ticks_of(stays), [1, 2, 3, 4, 5]);
}

#[tokio::test(start_paused = true)]
async fn what_the_outbox_never_showed_is_learnt_from_the_roster() {
    let world = World::start().await;
    let gone = world.shareholder(MINUTE, 1).await;
    world.database.lag("outbox", |change| {
        Duration::from_hours(u64::from(change.pk.starts_with("deleted#")))
    });
    let driver = world.driver();
    let deleting = async {
        world.at(6_000).await;
        world.delete(gone).await;
    };
    let (_, ()) = tokio::join!(driver.run("a", deadline(41_000)), deleting);
    assert_eq!(world.ticks_of(gone), [1]);
}
