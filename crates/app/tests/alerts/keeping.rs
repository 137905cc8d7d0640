use app::alerts::{Alerts as _, Claim, NewAlert, Settled};
use app::users::Users as _;
use app::{Error, Result};
use domain::Tick;
use domain::alert::{Alert, AlertId, AlertState, Channel, Condition, Crossing};
use test_kit::new_user;

use super::world::{NOW_MS, TICK, World, crossed, price, user};

fn wanted(channel: Channel) -> NewAlert {
    NewAlert {
        condition: Condition {
            crossing: Crossing::Above,
            threshold: price(10_000),
        },
        channel,
    }
}

async fn create(world: &World, number: u8, channel: Channel) -> Result<Alert> {
    let id = AlertId::generate(NOW_MS, &[number; 10]);
    let user = world.current(1).await;
    world.keeper().create(&user, wanted(channel), id).await
}

#[tokio::test]
async fn an_alert_is_armed_from_the_next_tick_on() {
    let world = World::start().await;
    let alert = create(&world, 1, Channel::Email).await.unwrap();
    let from = Tick(TICK + 1);
    assert_eq!(alert.state, AlertState::Armed { from });
    let user = world.current(1).await;
    let listed = world.keeper().list(&user).await.unwrap();
    assert_eq!(listed, [alert]);
}

#[tokio::test]
async fn the_twenty_first_alert_and_text_messages_without_a_number_are_refused() {
    let world = World::start().await;
    let error = create(&world, 0, Channel::Sms).await.unwrap_err();
    assert!(matches!(error, Error::NoPhone), "{error}");
    world.add_phone().await;
    for number in 0..20 {
        create(&world, number, Channel::Sms).await.unwrap();
    }
    let error = create(&world, 20, Channel::Email).await.unwrap_err();
    assert!(matches!(error, Error::TooManyAlerts), "{error}");
}

#[tokio::test]
async fn nobody_else_sees_arms_or_deletes_an_alert() {
    let world = World::start().await;
    let alert = create(&world, 1, Channel::Email).await.unwrap();
    let keeper = world.keeper();
    let bob = new_user(user(2));
    world.database.users().create_user(&bob).await.unwrap();
    let (owner, stranger) = (&world.current(1).await, &world.current(2).await);
    let (mine, unknown) = (
        alert.id.to_string(),
        AlertId::generate(0, &[9; 10]).to_string(),
    );
    for (user, id) in [
        (stranger, &mine),
        (owner, &unknown),
        (owner, &"x".to_owned()),
    ] {
        let shown = keeper.show(user, id).await.unwrap_err();
        let armed = keeper.rearm(user, id, NOW_MS).await.unwrap_err();
        let deleted = keeper.delete(user, id).await.unwrap_err();
        for error in [shown, armed, deleted] {
            assert!(matches!(error, Error::AlertNotFound), "{error}");
        }
    }
    assert_eq!(keeper.show(owner, &mine).await.unwrap(), alert);
    keeper.delete(owner, &mine).await.unwrap();
    assert!(keeper.list(owner).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_has_fired_is_armed_when_asked_but_not_while_it_fires() {
    let world = World::start().await;
    let alert = create(&world, 1, Channel::Email).await.unwrap();
    let alerts = world.alerts();
    let (owner, id) = (world.current(1).await, alert.id.to_string());
    let rearm = async || {
        let armed = world.keeper().rearm(&owner, &id, NOW_MS).await;
        armed.map(|alert| alert.state)
    };
    let fire = async || {
        let claim = alerts.claim_alert(&alert, crossed(1, 10_010)).await;
        assert_eq!(claim.unwrap(), Claim::Won);
    };
    let settle = async |end| {
        let settled = alerts.settle_alert(&alert, crossed(1, 10_010), end).await;
        assert!(settled.unwrap());
    };
    let (early, next) = (Tick(1), Tick(TICK + 1));
    for end in [Settled::Fired, Settled::Failed] {
        fire().await;
        settle(end).await;
        let armed = AlertState::Armed { from: next };
        assert_eq!(rearm().await.unwrap(), armed);
    }
    fire().await;
    settle(Settled::Fired).await;
    let armed = alerts.arm_alert(user(1), alert.id, early).await;
    assert!(armed.unwrap().is_some());
    let armed = AlertState::Armed { from: early };
    assert_eq!(rearm().await.unwrap(), armed);
    fire().await;
    let error = rearm().await.unwrap_err();
    assert!(matches!(error, Error::AlertFiring), "{error}");
}
