use app::alerts::{Alerts, Claim, Settled};
use app::users::EraseUser;
use domain::alert::{Alert, AlertId, AlertState, Channel, Condition, Crossed, Crossing};
use domain::{Price, Shard, Tick, UserId};
use feed::session::Watch;
use feed::{AudienceShard, Connections, Subscriptions as _};
use futures_util::future::join_all;

use super::support::{NOW_MS, Stage, stage, user};
use crate::feed::DynamoAlerts;

fn price(cents: u64) -> Price {
    Price::from_cents(cents).unwrap()
}

pub(super) fn crossed(tick: u64) -> Crossed {
    Crossed {
        tick: Tick(tick),
        price: price(10_100),
    }
}

pub(super) fn alert(owner: UserId, number: u8) -> Alert {
    Alert {
        id: AlertId::generate(NOW_MS + u64::from(number), &[number; 10]),
        user_id: owner,
        condition: Condition {
            crossing: if number.is_multiple_of(2) {
                Crossing::Above
            } else {
                Crossing::Below
            },
            threshold: price(10_000 + u64::from(number)),
        },
        channel: if number.is_multiple_of(2) {
            Channel::Email
        } else {
            Channel::Sms
        },
        state: AlertState::Armed { from: Tick(10) },
    }
}

pub(super) fn alerts(stage: &Stage) -> DynamoAlerts {
    DynamoAlerts::new(stage.feed.clone())
}

/// The version of the alerts of a user's shard.
async fn version(stage: &Stage, user: UserId) -> u64 {
    let shard = Shard::of(user);
    let shards = [AudienceShard::Users(shard)];
    let versions = stage.feed.versions(&shards).await.unwrap().alerts;
    versions
        .iter()
        .find(|(of, _)| *of == shard)
        .map_or(0, |(_, version)| *version)
}

#[tokio::test]
async fn a_users_alerts_are_found_in_the_order_they_were_made_in() {
    let stage = stage().await;
    let alerts = alerts(&stage);
    let made: Vec<_> = (0..4).map(|number| alert(user(1), number)).collect();
    for alert in made.iter().rev() {
        assert!(alerts.add_alert(alert).await.unwrap());
    }
    assert_eq!(alerts.alerts_of(user(1)).await.unwrap(), made);
    let found = alerts.find_alert(user(1), made[2].id).await.unwrap();
    assert_eq!(found, Some(made[2]));
    assert!(alerts.alerts_of(user(2)).await.unwrap().is_empty());
    assert_eq!(alerts.find_alert(user(2), made[2].id).await.unwrap(), None);
    assert!(!alerts.remove_alert(user(2), made[2].id).await.unwrap());
    let in_shard = alerts.alerts_in(Shard::of(user(1))).await.unwrap();
    assert_eq!(in_shard.len(), 4);
}

#[tokio::test]
async fn of_many_at_once_exactly_twenty_are_stored() {
    let stage = stage().await;
    let alerts = alerts(&stage);
    let made: Vec<_> = (0..30).map(|number| alert(user(1), number)).collect();
    let mut stored = 0;
    for some in made.chunks(5) {
        let adding = some.iter().map(|alert| alerts.add_alert(alert));
        for is_stored in join_all(adding).await {
            stored += u64::from(is_stored.unwrap());
        }
    }
    assert_eq!(stored, Alert::MAX_PER_USER);
    let kept = alerts.alerts_of(user(1)).await.unwrap();
    assert_eq!(kept.len() as u64, stored);

    assert!(alerts.remove_alert(user(1), kept[0].id).await.unwrap());
    assert!(!alerts.remove_alert(user(1), kept[0].id).await.unwrap());
    assert!(alerts.add_alert(&alert(user(1), 31)).await.unwrap());
    assert!(!alerts.add_alert(&alert(user(1), 32)).await.unwrap());
    assert!(alerts.add_alert(&alert(user(2), 33)).await.unwrap());
}

#[tokio::test]
async fn a_crossing_is_claimed_once() {
    let stage = stage().await;
    let alerts = alerts(&stage);
    let alert = alert(user(1), 0);
    alerts.add_alert(&alert).await.unwrap();
    let early = alerts.claim_alert(&alert, crossed(9)).await.unwrap();
    assert_eq!(early, Claim::Lost, "it is armed from tick 10");

    let claims = join_all((0..4).map(|_| alerts.claim_alert(&alert, crossed(12)))).await;
    let claims: Vec<_> = claims.into_iter().map(Result::unwrap).collect();
    let won = claims.iter().filter(|claim| **claim == Claim::Won).count();
    assert_eq!(won, 1, "{claims:?}");
    let firing = Claim::Firing(crossed(12));
    assert!(
        claims
            .iter()
            .all(|claim| [Claim::Won, firing].contains(claim))
    );
    let later = alerts.claim_alert(&alert, crossed(13)).await.unwrap();
    assert_eq!(later, firing);
    let in_shard = alerts.alerts_in(Shard::of(user(1))).await.unwrap();
    assert_eq!(in_shard[0].state, AlertState::Firing(crossed(12)));
}

#[tokio::test]
async fn a_firing_alert_ends_once_and_is_armed_only_when_asked() {
    let stage = stage().await;
    let alerts = alerts(&stage);
    let alert = alert(user(1), 0);
    let (owner, id) = (alert.user_id, alert.id);
    alerts.add_alert(&alert).await.unwrap();
    let armed = alerts.arm_alert(owner, id, Tick(99)).await.unwrap();
    assert_eq!(armed, Some(alert), "what is armed stays as it is");
    alerts.claim_alert(&alert, crossed(12)).await.unwrap();
    let firing = alerts
        .arm_alert(owner, id, Tick(99))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(firing.state, AlertState::Firing(crossed(12)));

    let settle = |tick, end| alerts.settle_alert(&alert, crossed(tick), end);
    assert!(!settle(11, Settled::Fired).await.unwrap());
    assert!(settle(12, Settled::Fired).await.unwrap());
    assert!(!settle(12, Settled::Failed).await.unwrap());
    let found = alerts.find_alert(owner, id).await.unwrap().unwrap();
    assert_eq!(found.state, AlertState::Fired(crossed(12)));
    assert!(alerts.alerts_in(Shard::of(owner)).await.unwrap().is_empty());
    let again = alerts.claim_alert(&alert, crossed(14)).await.unwrap();
    assert_eq!(again, Claim::Lost);

    let armed = alerts
        .arm_alert(owner, id, Tick(20))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(armed.state, AlertState::Armed { from: Tick(20) });
    let old = alerts.claim_alert(&alert, crossed(19)).await.unwrap();
    assert_eq!(old, Claim::Lost, "a crossing before it was armed again");
    let won = alerts.claim_alert(&alert, crossed(20)).await.unwrap();
    assert_eq!(won, Claim::Won);
    let nobodys = alerts.arm_alert(user(2), id, Tick(20)).await.unwrap();
    assert_eq!(nobodys, None);
}

#[tokio::test]
async fn a_version_changes_with_what_others_must_see_and_listeners_are_left_alone() {
    let stage = stage().await;
    let alerts = alerts(&stage);
    let alert = alert(user(1), 0);
    let (owner, id) = (alert.user_id, alert.id);
    let mut before = version(&stage, owner).await;
    assert_eq!(before, 0);
    for step in ["add", "arm", "renew", "remove", "erase"] {
        match step {
            "add" => drop(alerts.add_alert(&alert).await.unwrap()),
            "arm" => drop(alerts.arm_alert(owner, id, Tick(9)).await.unwrap()),
            "renew" => alerts.renew_alerts(&[Shard::of(owner)]).await.unwrap(),
            "remove" => drop(alerts.remove_alert(owner, id).await.unwrap()),
            _ => alerts.erase_user(owner).await.unwrap(),
        }
        let after = version(&stage, owner).await;
        assert!(after > before, "{step}");
        before = after;
    }
    let shard = AudienceShard::Users(Shard::of(owner));
    let versions = stage.feed.versions(&[shard]).await.unwrap();
    assert_eq!(versions.shards[&shard], 0);
    assert!(stage.feed.audience(shard).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_user_is_erased_with_all_alerts_and_nobody_else() {
    let stage = stage().await;
    let alerts = alerts(&stage);
    for number in 0..20 {
        alerts.add_alert(&alert(user(1), number)).await.unwrap();
    }
    alerts.add_alert(&alert(user(2), 0)).await.unwrap();
    stage.connect("c1", user(1)).await;
    for _ in 0..2 {
        alerts.erase_user(user(1)).await.unwrap();
        assert!(alerts.alerts_of(user(1)).await.unwrap().is_empty());
    }
    assert_eq!(alerts.alerts_of(user(2)).await.unwrap().len(), 1);
    let connections = stage.feed.connections_of(user(1)).await.unwrap();
    assert_eq!(connections.len(), 1, "alerts are no connections");
    // The count is gone, too.
    for number in 0..20 {
        assert!(alerts.add_alert(&alert(user(1), number)).await.unwrap());
    }
}

#[tokio::test]
async fn registrations_are_listened_to_in_shards_of_their_own() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await;
    let stored = super::support::subscription("s", Watch::Registrations);
    let adding = stage.subscribe(&connection, user(1), &stored);
    adding.await.unwrap();
    let listed = stage.feed.subscriptions(&connection.id).await.unwrap();
    assert_eq!(listed, [stored]);
    let mut listening = Vec::new();
    for n in 0..AudienceShard::LISTENER_SHARDS {
        let shard = AudienceShard::Registrations(n);
        let found = stage.feed.audience(shard).await.unwrap();
        let version = stage.feed.versions(&[shard]).await.unwrap().shards[&shard];
        assert_eq!(version > 0, !found.is_empty());
        listening.extend(found);
    }
    assert_eq!(listening.len(), 1);
    assert_eq!(listening[0].interest, feed::Interest::Registrations);
    stage.feed.remove_connection(&connection.id).await.unwrap();
}
