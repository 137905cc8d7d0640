use app::alerts::Alerts as _;
use app::notifications::NotificationError;
use app::users::PhoneChange;
use domain::alert::{AlertState, Channel};
use domain::{PriceUpdate, Shard, UserId};
use feed::session::Watch;
use test_kit::Reaction;

use super::world::{NOW_MS, TICK, World, crossed, update, user};

#[tokio::test]
async fn without_alerts_nothing_is_read() {
    let world = World::start().await;
    let process = world.process();
    let report = world.fire(&process, &[update(0, 9_990, 10_010)]).await;
    assert!(report.unwrap().is_empty());
    assert_eq!(world.reads(), 0);
}

#[tokio::test]
async fn a_crossing_fires_once_is_notified_and_pushed() {
    let world = World::start().await;
    let alert = world.wait(1, Channel::Email).await;
    let process = world.process();
    let quiet = [update(0, 9_900, 9_999)];
    assert!(world.fire(&process, &quiet).await.unwrap().is_empty());
    let crossing = [update(1, 9_999, 10_010)];
    let report = world.fire(&process, &crossing).await.unwrap();
    assert_eq!((report.claimed, report.notified, report.pushed), (1, 1, 1));
    let fired = AlertState::Fired(crossed(1, 10_010));
    assert_eq!(world.state_of(&alert).await, fired);
    let key = format!("alert#{}#{}", alert.id, TICK + 1);
    assert_eq!(world.accepted(), [key]);
    assert_eq!(world.pushed(), [format!("fired {} 100.10", TICK + 1)]);

    // It crosses again, the batch comes again, in this process and in another one.
    for process in [&process, &world.process()] {
        for updates in [crossing, [update(3, 9_000, 11_000)]] {
            assert!(world.fire(process, &updates).await.unwrap().is_empty());
        }
    }
    assert!(world.pushed().is_empty());
}

#[tokio::test]
async fn of_several_crossings_in_a_batch_the_first_counts() {
    let world = World::start().await;
    let alert = world.wait(1, Channel::Email).await;
    let updates = [
        update(4, 9_000, 10_400),
        update(2, 9_000, 10_200),
        update(3, 10_200, 9_000),
    ];
    let report = world.fire(&world.process(), &updates).await.unwrap();
    assert_eq!(report.claimed, 1);
    let fired = AlertState::Fired(crossed(2, 10_200));
    assert_eq!(world.state_of(&alert).await, fired);
}

#[tokio::test]
async fn ticks_before_it_was_armed_and_prices_of_others_do_not_count() {
    let world = World::start().await;
    let alert = world.wait(1, Channel::Email).await;
    let mut early = update(0, 9_990, 10_010);
    early.tick = early.tick.previous();
    let of_another = PriceUpdate {
        user_id: other_of_the_same_shard(),
        ..update(0, 9_990, 10_010)
    };
    let report = world.fire(&world.process(), &[early, of_another]).await;
    assert!(report.unwrap().is_empty());
    assert_eq!(world.state_of(&alert).await, alert.state);
}

fn other_of_the_same_shard() -> UserId {
    let shard = Shard::of(user(1));
    let mut others = (2..=255).map(user);
    others.find(|other| Shard::of(*other) == shard).unwrap()
}

#[tokio::test]
async fn shards_are_read_again_only_when_their_version_changes() {
    let world = World::start().await;
    world.wait(1, Channel::Email).await;
    let process = world.process();
    for ticks in 0..5 {
        let quiet = [update(ticks, 9_000, 9_001)];
        world.fire(&process, &quiet).await.unwrap();
    }
    let crossing = [update(5, 9_000, 10_001)];
    world.fire(&process, &crossing).await.unwrap();
    assert_eq!(world.reads(), 1);
    world.wait(2, Channel::Email).await;
    let crossing = [update(6, 9_000, 10_001)];
    let report = world.fire(&process, &crossing).await.unwrap();
    assert_eq!((report.claimed, world.reads()), (1, 1));
}

#[tokio::test]
async fn text_messages_need_a_number_and_notifications_the_users_consent() {
    let world = World::start().await;
    let crossing = [update(0, 9_990, 10_010)];
    world.add_phone().await;
    world.wait(1, Channel::Sms).await;
    let report = world.fire(&world.process(), &crossing).await.unwrap();
    assert_eq!(report.notified, 1);

    world.change_phone(PhoneChange::Remove).await;
    let alert = world.wait(2, Channel::Sms).await;
    let report = world.fire(&world.process(), &crossing).await.unwrap();
    assert_eq!((report.failed, report.pushed), (1, 1));
    let failed = AlertState::Failed(crossed(0, 10_010));
    assert_eq!(world.state_of(&alert).await, failed);

    world.want_no_notification().await;
    let alert = world.wait(3, Channel::Email).await;
    let report = world.fire(&world.process(), &crossing).await.unwrap();
    assert_eq!((report.unwanted, report.pushed), (1, 1));
    let fired = AlertState::Fired(crossed(0, 10_010));
    assert_eq!(world.state_of(&alert).await, fired);
    assert_eq!(world.notifications.asked(), 1);
}

#[tokio::test]
async fn nothing_is_sent_about_users_who_no_longer_exist_and_their_alerts_go() {
    let world = World::start().await;
    world.wait(1, Channel::Email).await;
    world.wait(2, Channel::Email).await;
    world.delete_user().await;
    let process = world.process();
    let report = world.fire(&process, &[update(0, 9_990, 10_010)]).await;
    assert_eq!(report.unwrap().departed, 2);
    assert!(world.pushed().is_empty());
    assert_eq!(world.alerts().alerts_of(user(1)).await.unwrap(), []);
    assert_eq!(world.notifications.asked(), 0);
}

#[tokio::test]
async fn what_the_service_refuses_has_failed() {
    let world = World::start().await;
    let alert = world.wait(1, Channel::Email).await;
    let refuse = |_: &_| Err(NotificationError::Refused("no".into()));
    world.notifications.answer(refuse);
    let process = world.process();
    let report = world.fire(&process, &[update(0, 9_990, 10_010)]).await;
    let report = report.unwrap();
    assert_eq!((report.failed, report.pushed), (1, 1));
    let failed = AlertState::Failed(crossed(0, 10_010));
    assert_eq!(world.state_of(&alert).await, failed);
    let report = world.fire(&process, &[update(1, 1, 2)]).await;
    assert!(report.unwrap().is_empty());
}

#[tokio::test]
async fn claims_that_fail_fail_the_batch_and_its_repetition_fires() {
    let world = World::start().await;
    let alert = world.wait(1, Channel::Email).await;
    let process = world.process();
    let batch = [update(0, 9_990, 10_010)];
    world.database.react(|request| {
        if request.is("UpdateItem", ":firing") {
            Reaction::Fail
        } else {
            Reaction::Answer
        }
    });
    assert!(world.fire_at(&process, &batch, NOW_MS).await.is_err());
    world.database.heal();
    assert_eq!(world.fire(&process, &batch).await.unwrap().notified, 1);
    let fired = AlertState::Fired(crossed(0, 10_010));
    assert_eq!(world.state_of(&alert).await, fired);
}

#[tokio::test]
async fn subscriptions_to_alerts_are_told_too_each_under_its_id() {
    let world = World::start().await;
    world.wait(1, Channel::Email).await;
    for (id, watch) in [("1", Watch::Alerts), ("2", Watch::Snapshots)] {
        let feed = &world.feed;
        feed.subscribe(("fine", id), user(1), watch, Some("op"))
            .await;
    }
    let updates = [update(1, 9_999, 10_010)];
    let report = world.fire(&world.process(), &updates).await.unwrap();
    assert_eq!(report.pushed, 2);
    let mut pushed = world.pushed();
    pushed.sort();
    let fired = format!("fired {} 100.10", TICK + 1);
    assert_eq!(pushed, [format!("1 next \"op {fired}\"\n"), fired]);
}
