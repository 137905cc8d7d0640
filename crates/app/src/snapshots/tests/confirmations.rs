use super::*;

#[tokio::test]
async fn snapshots_of_users_who_no_longer_exist_are_dropped() {
    let world = World::default();
    let batch = [snapshot(1, 2, 1), snapshot(2, 1, 1), snapshot(3, 2, 1)];
    let report = world.writer().write(&batch, NOW_MS).await.unwrap();
    assert_eq!((report.saved, report.departed), (1, 2));
    let state = world.0.lock().unwrap();
    assert!(state.saved.contains_key(&id(2)) && state.saved.len() == 1);
}

#[tokio::test]
async fn who_wants_it_has_each_snapshot_confirmed_also_one_that_comes_again() {
    let world = World::default();
    world.0.lock().unwrap().wants_confirmations = true;
    world.0.lock().unwrap().strangers_exist = true;
    let batch = [snapshot(1, 1, 1), snapshot(2, 2, 1)];
    let report = world.writer().write(&batch, NOW_MS).await.unwrap();
    assert_eq!(report.confirmed, 1);
    // A process that died after saving has perhaps not asked.
    let report = world.writer().write(&batch, NOW_MS).await.unwrap();
    assert_eq!((report.repeated, report.confirmed), (2, 1));
    let key = format!("snapshot#{}", id(1));
    assert_eq!(world.0.lock().unwrap().confirmed, [key.clone(), key]);
}

#[tokio::test]
async fn an_outage_of_the_service_delays_nothing_but_for_two_minutes() {
    let world = World::default();
    world.0.lock().unwrap().wants_confirmations = true;
    world.0.lock().unwrap().service = Service::IsDown;
    let writer = world.writer();
    let batch = [snapshot(1, 1, 1), snapshot(2, 1, 2)];
    let asked_ms = id(2).requested_at_ms();
    for now_ms in [NOW_MS, asked_ms + 119_999] {
        let error = writer.write(&batch, now_ms).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
    }
    assert_eq!(world.0.lock().unwrap().saved.len(), 2, "they are saved");
    assert_eq!(world.told().len(), 2, "and told once");
    let report = writer.write(&batch, asked_ms + 120_000).await.unwrap();
    let mut given_up: Vec<_> = report.unconfirmed.iter().map(|(id, _)| *id).collect();
    given_up.sort();
    assert_eq!(given_up, [id(1), id(2)]);

    world.0.lock().unwrap().service = Service::Accepts;
    let report = writer.write(&batch, asked_ms + 120_000).await.unwrap();
    assert_eq!((report.confirmed, report.unconfirmed.len()), (2, 0));
}

#[tokio::test]
async fn a_refused_confirmation_is_named_and_fails_nothing() {
    let world = World::default();
    world.0.lock().unwrap().wants_confirmations = true;
    world.0.lock().unwrap().service = Service::Refuses;
    let report = world
        .writer()
        .write(&[snapshot(1, 1, 1)], NOW_MS)
        .await
        .unwrap();
    let reason = "the notification was refused: no".to_owned();
    assert_eq!(report.unconfirmed, [(id(1), reason)]);
}
