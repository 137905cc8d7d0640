use app::notifications::NotificationError;

use super::*;

/// Ada, who wants snapshots confirmed.
fn curious_ada() -> NewUser {
    let mut ada = ada();
    ada.profile.preferences.snapshot_saved = true;
    ada
}

impl World {
    fn confirmed(&self) -> Vec<String> {
        let accepted = self.notifications.accepted().into_iter();
        accepted.map(|accepted| accepted.idempotency_key).collect()
    }
}

#[tokio::test]
async fn snapshots_of_users_who_no_longer_exist_are_dropped() {
    let world = World::start().await;
    let batch = [snapshot(1, 2, 1), snapshot(2, 1, 1), snapshot(3, 2, 1)];
    let report = world.writer().write(&batch, NOW_MS).await.unwrap();
    assert_eq!((report.saved, report.departed), (1, 2));
    let kept = world.statistics(1).await.unwrap();
    assert_eq!((kept.count, kept.last.id), (1, id(2)));
    assert_eq!(world.statistics(2).await, None);
}

#[tokio::test]
async fn who_wants_it_has_each_snapshot_confirmed_also_one_that_comes_again() {
    let world = World::of([curious_ada(), new_user(user(2))]).await;
    let batch = [snapshot(1, 1, 1), snapshot(2, 2, 1)];
    let report = world.writer().write(&batch, NOW_MS).await.unwrap();
    assert_eq!(report.confirmed, 1);
    // A process that died after saving has perhaps not asked.
    let report = world.writer().write(&batch, NOW_MS).await.unwrap();
    assert_eq!((report.repeated, report.confirmed), (2, 1));
    assert_eq!(world.notifications.asked(), 2);
    assert_eq!(world.confirmed(), [format!("snapshot#{}", id(1))]);
}

#[tokio::test]
async fn an_outage_of_the_service_delays_nothing_but_for_two_minutes() {
    let world = World::of([curious_ada()]).await;
    let down = |_: &_| Err(NotificationError::Unavailable("down".into()));
    world.notifications.answer(down);
    let writer = world.writer();
    let batch = [snapshot(1, 1, 1), snapshot(2, 1, 2)];
    let asked_ms = id(2).requested_at_ms();
    for now_ms in [NOW_MS, asked_ms + 119_999] {
        let error = writer.write(&batch, now_ms).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
    }
    let saved = world.statistics(1).await.unwrap().count;
    assert_eq!(saved, 2, "they are saved");
    assert_eq!(world.feed.sent().len(), 2, "and told once");
    let report = writer.write(&batch, asked_ms + 120_000).await.unwrap();
    let mut given_up: Vec<_> = report.unconfirmed.iter().map(|(id, _)| *id).collect();
    given_up.sort();
    assert_eq!(given_up, [id(1), id(2)]);

    world.notifications.accept();
    let report = writer.write(&batch, asked_ms + 120_000).await.unwrap();
    assert_eq!((report.confirmed, report.unconfirmed.len()), (2, 0));
}

#[tokio::test]
async fn a_refused_confirmation_is_named_and_fails_nothing() {
    let world = World::of([curious_ada()]).await;
    let refuse = |_: &_| Err(NotificationError::Refused("no".into()));
    world.notifications.answer(refuse);
    let batch = [snapshot(1, 1, 1)];
    let report = world.writer().write(&batch, NOW_MS).await.unwrap();
    let reason = "the notification was refused: no".to_owned();
    assert_eq!(report.unconfirmed, [(id(1), reason)]);
}
