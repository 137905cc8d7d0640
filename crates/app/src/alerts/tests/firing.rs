use std::sync::Arc;

use domain::alert::{AlertState, Channel, Crossed};
use domain::user::{Phone, Preferences};
use domain::{PriceUpdate, Tick, UserId};

use super::world::{NOW_MS, Service, TICK, World, price, update, user};
use feed::fakes::live_operation;
use feed::{AudienceShard, Interest};

fn crossed(ticks: u64, cents: u64) -> Crossed {
    Crossed {
        tick: Tick(TICK + ticks),
        price: price(cents),
    }
}

#[tokio::test]
async fn without_alerts_nothing_is_read() {
    let world = World::default();
    let report = world
        .fire(&world.process(), &[update(0, 9_990, 10_010)])
        .await;
    assert!(report.unwrap().is_empty());
    assert_eq!(world.state().reads, 0);
}

#[tokio::test]
async fn a_crossing_fires_once_is_notified_and_pushed() {
    let world = World::default();
    let id = world.wait(1, Channel::Email);
    let process = world.process();
    let quiet = [update(0, 9_900, 9_999)];
    assert!(world.fire(&process, &quiet).await.unwrap().is_empty());
    let report = world
        .fire(&process, &[update(1, 9_999, 10_010)])
        .await
        .unwrap();
    assert_eq!((report.claimed, report.notified, report.pushed), (1, 1, 1));
    assert_eq!(world.state_of(id), AlertState::Fired(crossed(1, 10_010)));
    let key = format!("alert#{id}#{}", TICK + 1);
    assert_eq!(world.state().accepted, [key]);
    assert_eq!(world.pushed(), [format!("fired {} 100.10", TICK + 1)]);

    // It crosses again, the batch comes again, in this process and in another one.
    for process in [&process, &world.process()] {
        for updates in [[update(1, 9_999, 10_010)], [update(3, 9_000, 11_000)]] {
            assert!(world.fire(process, &updates).await.unwrap().is_empty());
        }
    }
    assert_eq!(world.pushed().len(), 1);
}

#[tokio::test]
async fn of_several_crossings_in_a_batch_the_first_counts() {
    let world = World::default();
    let id = world.wait(1, Channel::Email);
    let updates = [
        update(4, 9_000, 10_400),
        update(2, 9_000, 10_200),
        update(3, 10_200, 9_000),
    ];
    let report = world.fire(&world.process(), &updates).await.unwrap();
    assert_eq!(report.claimed, 1);
    assert_eq!(world.state_of(id), AlertState::Fired(crossed(2, 10_200)));
}

#[tokio::test]
async fn ticks_before_it_was_armed_and_prices_of_others_do_not_count() {
    let world = World::default();
    let id = world.wait(1, Channel::Email);
    let mut early = update(0, 9_990, 10_010);
    early.tick = early.tick.previous();
    let of_another: PriceUpdate = PriceUpdate {
        user_id: other_of_the_same_shard(),
        ..update(0, 9_990, 10_010)
    };
    let updates = [early, of_another];
    assert!(
        world
            .fire(&world.process(), &updates)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(matches!(world.state_of(id), AlertState::Armed { .. }));
}

fn other_of_the_same_shard() -> UserId {
    let shard = domain::Shard::of(user(1));
    let mut others = (2..=255).map(user);
    others
        .find(|other| domain::Shard::of(*other) == shard)
        .unwrap()
}

#[tokio::test]
async fn shards_are_read_again_only_when_their_version_changes() {
    let world = World::default();
    world.wait(1, Channel::Email);
    let process = world.process();
    for ticks in 0..5 {
        world
            .fire(&process, &[update(ticks, 9_000, 9_001)])
            .await
            .unwrap();
    }
    world
        .fire(&process, &[update(5, 9_000, 10_001)])
        .await
        .unwrap();
    assert_eq!(world.state().reads, 1);
    world.wait(2, Channel::Email);
    let report = world
        .fire(&process, &[update(6, 9_000, 10_001)])
        .await
        .unwrap();
    assert_eq!((report.claimed, world.state().reads), (1, 2));
}

#[tokio::test]
async fn text_messages_need_a_number_and_notifications_the_users_consent() {
    let world = World::default();
    let crossing = [update(0, 9_990, 10_010)];
    world.state().phone = Some(Phone::parse("+4930901820").unwrap());
    world.wait(1, Channel::Sms);
    let report = world.fire(&world.process(), &crossing).await.unwrap();
    assert_eq!(report.notified, 1);

    world.state().phone = None;
    let id = world.wait(2, Channel::Sms);
    let report = world.fire(&world.process(), &crossing).await.unwrap();
    assert_eq!((report.failed, report.pushed), (1, 1));
    assert_eq!(world.state_of(id), AlertState::Failed(crossed(0, 10_010)));

    world.state().preferences = Preferences {
        alert: false,
        ..Preferences::default()
    };
    let id = world.wait(3, Channel::Email);
    let report = world.fire(&world.process(), &crossing).await.unwrap();
    assert_eq!((report.unwanted, report.pushed), (1, 1));
    assert_eq!(world.state_of(id), AlertState::Fired(crossed(0, 10_010)));
    assert_eq!(world.state().asked, 1);
}

#[tokio::test]
async fn nothing_is_sent_about_users_who_no_longer_exist_and_their_alerts_go() {
    let world = World::default();
    world.wait(1, Channel::Email);
    world.wait(2, Channel::Email);
    world.state().departed.insert(user(1));
    let report = world
        .fire(&world.process(), &[update(0, 9_990, 10_010)])
        .await;
    assert_eq!(report.unwrap().departed, 2);
    let state = world.state();
    assert!(state.feed.known().posts.is_empty() && state.alerts.is_empty());
    assert_eq!(state.asked, 0);
}

#[tokio::test]
async fn what_the_service_refuses_has_failed() {
    let world = World::default();
    let id = world.wait(1, Channel::Email);
    world.state().service = Service::Refuses;
    let process = world.process();
    let report = world
        .fire(&process, &[update(0, 9_990, 10_010)])
        .await
        .unwrap();
    assert_eq!((report.failed, report.pushed), (1, 1));
    assert_eq!(world.state_of(id), AlertState::Failed(crossed(0, 10_010)));
    assert!(
        world
            .fire(&process, &[update(1, 1, 2)])
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn claims_that_fail_fail_the_batch_and_its_repetition_fires() {
    let world = World::default();
    let id = world.wait(1, Channel::Email);
    let process = world.process();
    let batch = [update(0, 9_990, 10_010)];
    world.state().claiming_fails = true;
    assert!(world.fire_at(&process, &batch, NOW_MS).await.is_err());
    world.state().claiming_fails = false;
    assert_eq!(world.fire(&process, &batch).await.unwrap().notified, 1);
    assert_eq!(world.state_of(id), AlertState::Fired(crossed(0, 10_010)));
}

#[tokio::test]
async fn subscriptions_to_alerts_are_told_too_each_under_its_id() {
    let world = World::default();
    world.wait(1, Channel::Email);
    let feed = Arc::clone(&world.state().feed);
    feed.store("op");
    for (id, topic) in [("1", Interest::Alerts), ("2", Interest::Snapshots)] {
        let shard = (AudienceShard::Own(user(1)), topic);
        feed.subscribe(("fine", id), shard, Some(live_operation("op")));
    }
    let updates = [update(1, 9_999, 10_010)];
    let report = world.fire(&world.process(), &updates).await.unwrap();
    assert_eq!(report.pushed, 2);
    let mut pushed = world.pushed();
    pushed.sort();
    let fired = format!("fired {} 100.10", TICK + 1);
    assert_eq!(pushed, [format!("1 next \"op {fired}\"\n"), fired]);
}
