use std::time::Duration;

use domain::Tick;
use domain::alert::{Alert, AlertState, Channel, Crossed};

use super::super::{Claim, ClaimAlerts};
use super::world::{NOW_MS, Service, TICK, World, price, update};

const CROSSING: u64 = 10_010;

fn crossed() -> Crossed {
    Crossed {
        tick: Tick(TICK),
        price: price(CROSSING),
    }
}

/// A process that dies between the claim and everything after it.
async fn crash_after_the_claim(world: &World) {
    let alert: Alert = *world.state().alerts.values().next().unwrap();
    let claim = world.claim_alert(&alert, crossed()).await.unwrap();
    assert_eq!(claim, Claim::Won);
}

#[tokio::test(start_paused = true)]
async fn an_outage_delays_the_notification_and_nothing_else() {
    let world = World::default();
    let id = world.wait(1, Channel::Email);
    world.state().service = Service::IsDown;
    let process = world.process();
    let report = world
        .fire(&process, &[update(0, 9_990, CROSSING)])
        .await
        .unwrap();
    assert_eq!((report.claimed, report.waiting, report.pushed), (1, 1, 1));
    assert_eq!(world.state_of(id), AlertState::Firing(crossed()));

    // Many batches of one tick ask the service once.
    let asked = world.state().asked;
    for _ in 0..3 {
        let report = world.fire(&process, &[update(0, 1, 2)]).await.unwrap();
        assert_eq!((report.taken_up, report.waiting, report.pushed), (1, 1, 0));
    }
    assert_eq!(world.state().asked, asked);

    world.state().service = Service::Accepts;
    tokio::time::advance(Duration::from_secs(5)).await;
    let report = world.fire(&process, &[update(1, 1, 2)]).await.unwrap();
    assert_eq!((report.notified, report.pushed), (1, 0));
    assert_eq!(world.state_of(id), AlertState::Fired(crossed()));
    assert_eq!(world.pushed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn another_process_takes_up_what_one_could_not_send() {
    let world = World::default();
    let id = world.wait(1, Channel::Email);
    let (first, second) = (world.process(), world.process());
    // Both hold the alert as armed.
    for process in [&first, &second] {
        world.fire(process, &[update(0, 1, 2)]).await.unwrap();
    }
    world.state().service = Service::IsDown;
    world
        .fire(&first, &[update(0, 9_990, CROSSING)])
        .await
        .unwrap();
    world.state().service = Service::Accepts;
    // Its batch crosses nothing.
    let report = world.fire(&second, &[update(1, 1, 2)]).await.unwrap();
    assert_eq!((report.taken_up, report.notified), (1, 1));
    assert_eq!(world.state_of(id), AlertState::Fired(crossed()));
    // The first one notices that it is over, and the service sends once.
    tokio::time::advance(Duration::from_secs(5)).await;
    for ticks in [2, 3] {
        world.fire(&first, &[update(ticks, 1, 2)]).await.unwrap();
    }
    assert!(
        world
            .fire(&first, &[update(4, 1, 2)])
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(world.state().accepted.len(), 1);
}

#[tokio::test]
async fn a_crash_after_the_claim_loses_nothing_when_the_batch_comes_again() {
    let batch = [update(0, 9_990, CROSSING)];
    for knows_the_alert in [false, true] {
        let world = World::default();
        let id = world.wait(1, Channel::Email);
        let process = world.process();
        if knows_the_alert {
            world.fire(&process, &[update(0, 1, 2)]).await.unwrap();
        }
        crash_after_the_claim(&world).await;
        let report = world.fire(&process, &batch).await.unwrap();
        assert_eq!(
            (report.claimed, report.taken_up),
            (0, 1),
            "{knows_the_alert}"
        );
        assert_eq!((report.notified, report.pushed), (1, 1));
        assert_eq!(world.state_of(id), AlertState::Fired(crossed()));
    }
}

#[tokio::test]
async fn what_was_accepted_but_not_settled_is_asked_for_again_under_its_key() {
    let world = World::default();
    let id = world.wait(1, Channel::Email);
    world.state().settling_fails = true;
    let process = world.process();
    let report = world
        .fire(&process, &[update(0, 9_990, CROSSING)])
        .await
        .unwrap();
    assert_eq!(report.waiting, 1);
    let report = world.fire(&process, &[update(1, 1, 2)]).await.unwrap();
    assert_eq!(report.notified, 1);
    assert_eq!(world.state_of(id), AlertState::Fired(crossed()));
    let state = world.state();
    assert_eq!(
        (
            state.asked,
            state.accepted.len(),
            state.feed.known().posts.len()
        ),
        (2, 1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn after_a_quarter_of_an_hour_it_is_given_up() {
    const QUARTER_MS: u64 = 15 * 60 * 1000;
    for service in [Service::IsDown, Service::Fails] {
        let world = World::default();
        let id = world.wait(1, Channel::Email);
        world.state().service = service;
        let process = world.process();
        let batch = [update(0, 9_990, CROSSING)];
        let tick_ms = Tick(TICK).starts_at_ms();
        for age_ms in [40, QUARTER_MS] {
            let report = world.fire_at(&process, &batch, tick_ms + age_ms).await;
            assert_eq!(report.unwrap().waiting, 1);
            tokio::time::advance(Duration::from_secs(5)).await;
        }
        let last = world.fire_at(&process, &batch, tick_ms + QUARTER_MS + 1);
        assert_eq!(last.await.unwrap().failed, 1);
        assert_eq!(world.state_of(id), AlertState::Failed(crossed()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_is_waited_for_if_that_is_not_too_long() {
    let world = World::default();
    let id = world.wait(1, Channel::Email);
    world.state().service = Service::Limits(Duration::from_secs(60));
    let process = world.process();
    let batch = [update(0, 9_990, CROSSING)];
    let report = world.fire_at(&process, &batch, NOW_MS).await.unwrap();
    assert_eq!(report.waiting, 1);
    world.state().service = Service::Accepts;
    tokio::time::advance(Duration::from_secs(59)).await;
    let report = world.fire_at(&process, &batch, NOW_MS).await.unwrap();
    assert_eq!((report.waiting, world.state().asked), (1, 1));
    tokio::time::advance(Duration::from_secs(1)).await;
    let report = world.fire_at(&process, &batch, NOW_MS).await.unwrap();
    assert_eq!(report.notified, 1);
    assert_eq!(world.state_of(id), AlertState::Fired(crossed()));

    let id = world.wait(2, Channel::Email);
    world.state().service = Service::Limits(Duration::from_secs(3600));
    let report = world.fire_at(&process, &batch, NOW_MS).await.unwrap();
    assert_eq!(report.failed, 1);
    assert_eq!(world.state_of(id), AlertState::Failed(crossed()));
}
