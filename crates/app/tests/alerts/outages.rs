use std::time::Duration;

use app::alerts::{Alerts as _, Claim};
use app::notifications::NotificationError;
use domain::Tick;
use domain::alert::{Alert, AlertState, Channel, Crossed};
use test_kit::Reaction;
use tokio::time::advance;

use super::world::{NOW_MS, TICK, World, update};

const CROSSING: u64 = 10_010;

fn crossed() -> Crossed {
    super::world::crossed(0, CROSSING)
}

/// A process that dies between the claim and everything after it.
async fn crash_after_the_claim(world: &World, alert: &Alert) {
    let claim = world.alerts().claim_alert(alert, crossed()).await;
    assert_eq!(claim.unwrap(), Claim::Won);
}

impl World {
    fn service_is_down(&self) {
        let down = |_: &_| Err(NotificationError::Unavailable("down".into()));
        self.notifications.answer(down);
    }

    fn service_limits(&self, seconds: u64) {
        let retry_after = Duration::from_secs(seconds);
        let limits = move |_: &_| Err(NotificationError::RateLimited { retry_after });
        self.notifications.answer(limits);
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_delays_the_notification_and_nothing_else() {
    let world = World::start().await;
    let alert = world.wait(1, Channel::Email).await;
    world.service_is_down();
    let process = world.process();
    let crossing = [update(0, 9_990, CROSSING)];
    let report = world.fire(&process, &crossing).await.unwrap();
    assert_eq!((report.claimed, report.waiting, report.pushed), (1, 1, 1));
    let firing = AlertState::Firing(crossed());
    assert_eq!(world.state_of(&alert).await, firing);

    // Many batches of one tick ask the service once.
    let asked = world.notifications.asked();
    for _ in 0..3 {
        let report = world.fire(&process, &[update(0, 1, 2)]).await.unwrap();
        assert_eq!((report.taken_up, report.waiting, report.pushed), (1, 1, 0));
    }
    assert_eq!(world.notifications.asked(), asked);

    world.notifications.accept();
    advance(Duration::from_secs(5)).await;
    let report = world.fire(&process, &[update(1, 1, 2)]).await.unwrap();
    assert_eq!((report.notified, report.pushed), (1, 0));
    let fired = AlertState::Fired(crossed());
    assert_eq!(world.state_of(&alert).await, fired);
    assert_eq!(world.pushed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn another_process_takes_up_what_one_could_not_send() {
    let world = World::start().await;
    let alert = world.wait(1, Channel::Email).await;
    let (first, second) = (world.process(), world.process());
    // Both hold the alert as armed.
    for process in [&first, &second] {
        world.fire(process, &[update(0, 1, 2)]).await.unwrap();
    }
    world.service_is_down();
    let crossing = [update(0, 9_990, CROSSING)];
    world.fire(&first, &crossing).await.unwrap();
    world.notifications.accept();
    // Its batch crosses nothing.
    let report = world.fire(&second, &[update(1, 1, 2)]).await.unwrap();
    assert_eq!((report.taken_up, report.notified), (1, 1));
    let fired = AlertState::Fired(crossed());
    assert_eq!(world.state_of(&alert).await, fired);
    // The first one notices that it is over, and the service sends once.
    advance(Duration::from_secs(5)).await;
    for ticks in [2, 3] {
        world.fire(&first, &[update(ticks, 1, 2)]).await.unwrap();
    }
    let report = world.fire(&first, &[update(4, 1, 2)]).await;
    assert!(report.unwrap().is_empty());
    assert_eq!(world.accepted().len(), 1);
}

#[tokio::test]
async fn a_crash_after_the_claim_loses_nothing_when_the_batch_comes_again() {
    let batch = [update(0, 9_990, CROSSING)];
    for knows_the_alert in [false, true] {
        let world = World::start().await;
        let alert = world.wait(1, Channel::Email).await;
        let process = world.process();
        if knows_the_alert {
            world.fire(&process, &[update(0, 1, 2)]).await.unwrap();
        }
        crash_after_the_claim(&world, &alert).await;
        let report = world.fire(&process, &batch).await.unwrap();
        let counts = (report.claimed, report.taken_up);
        assert_eq!(counts, (0, 1), "{knows_the_alert}");
        assert_eq!((report.notified, report.pushed), (1, 1));
        let fired = AlertState::Fired(crossed());
        assert_eq!(world.state_of(&alert).await, fired);
    }
}

#[tokio::test]
async fn what_was_accepted_but_not_settled_is_asked_for_again_under_its_key() {
    let world = World::start().await;
    let alert = world.wait(1, Channel::Email).await;
    world.database.react(|request| {
        if request.is("UpdateItem", ":end") {
            Reaction::Fail
        } else {
            Reaction::Answer
        }
    });
    let process = world.process();
    let crossing = [update(0, 9_990, CROSSING)];
    let report = world.fire(&process, &crossing).await.unwrap();
    assert_eq!(report.waiting, 1);
    world.database.heal();
    let report = world.fire(&process, &[update(1, 1, 2)]).await.unwrap();
    assert_eq!(report.notified, 1);
    let fired = AlertState::Fired(crossed());
    assert_eq!(world.state_of(&alert).await, fired);
    let asked = (world.notifications.asked(), world.accepted().len());
    assert_eq!((asked, world.pushed().len()), ((2, 1), 1));
}

#[tokio::test(start_paused = true)]
async fn after_a_quarter_of_an_hour_it_is_given_up() {
    const QUARTER_MS: u64 = 15 * 60 * 1000;
    for is_down in [true, false] {
        let world = World::start().await;
        let alert = world.wait(1, Channel::Email).await;
        if is_down {
            world.service_is_down();
        } else {
            let fail = |_: &_| Err(NotificationError::Failed("oh".into()));
            world.notifications.answer(fail);
        }
        let process = world.process();
        let batch = [update(0, 9_990, CROSSING)];
        let tick_ms = Tick(TICK).starts_at_ms();
        for age_ms in [40, QUARTER_MS] {
            let report = world.fire_at(&process, &batch, tick_ms + age_ms).await;
            assert_eq!(report.unwrap().waiting, 1);
            advance(Duration::from_secs(5)).await;
        }
        let last = world.fire_at(&process, &batch, tick_ms + QUARTER_MS + 1);
        assert_eq!(last.await.unwrap().failed, 1);
        let failed = AlertState::Failed(crossed());
        assert_eq!(world.state_of(&alert).await, failed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_is_waited_for_if_that_is_not_too_long() {
    let world = World::start().await;
    let alert = world.wait(1, Channel::Email).await;
    world.service_limits(60);
    let process = world.process();
    let batch = [update(0, 9_990, CROSSING)];
    let fire = async || world.fire_at(&process, &batch, NOW_MS).await.unwrap();
    assert_eq!(fire().await.waiting, 1);
    world.notifications.accept();
    advance(Duration::from_secs(59)).await;
    let waiting = fire().await.waiting;
    assert_eq!((waiting, world.notifications.asked()), (1, 1));
    advance(Duration::from_secs(1)).await;
    assert_eq!(fire().await.notified, 1);
    let fired = AlertState::Fired(crossed());
    assert_eq!(world.state_of(&alert).await, fired);

    let alert = world.wait(2, Channel::Email).await;
    world.service_limits(3600);
    assert_eq!(fire().await.failed, 1);
    let failed = AlertState::Failed(crossed());
    assert_eq!(world.state_of(&alert).await, failed);
}
