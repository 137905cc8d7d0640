use app::alerts::{Alerts as _, Claim, Settled};
use domain::user::Role;
use domain::{Network, Tick};
use feed::session::{Added, Authentication, NewConnection, Protocol, Subscription, Watch};
use feed::{
    Authenticated, Connections, LiveOperation, Operation, OperationKey, PartitionPosition,
    PublishedTick, Subscriptions, TrackDelivery as _,
};

use super::alerts::{alert, alerts, crossed};
use super::support::{FEED, NOW_MS, connection_id, stage, subscription, subscription_id, user};
use test_kit::dump;

const EXPIRES_AT: u64 = NOW_MS / 1000 + 3_600;

fn admin() -> Authenticated {
    Authenticated {
        user_id: user(1),
        expires_at: EXPIRES_AT,
        role: Role::Admin,
    }
}

#[tokio::test]
async fn connections_are_stored_as_ever() {
    let stage = stage().await;
    for (id, protocol, identity) in [
        ("old", None, None),
        ("raw", Some(Protocol::FastfusionV1), Some(admin())),
        ("graphql", Some(Protocol::GraphqlTransportWs), None),
        ("both", Some(Protocol::GraphqlTransportWs), Some(admin())),
    ] {
        let connection = NewConnection {
            id: connection_id(id),
            protocol,
            connected_at_ms: NOW_MS,
            network: Network::of([203, 0, 113, 1].into()),
            identity,
        };
        stage.feed.store_connection(&connection).await.unwrap();
    }
    let initialised = stage.feed.initialise(&connection_id("both"), admin()).await;
    assert_eq!(initialised.unwrap(), Authentication::Done);
    let authenticated = stage
        .feed
        .authenticate(&connection_id("old"), admin())
        .await;
    assert_eq!(authenticated.unwrap(), Authentication::Done);
    insta::assert_snapshot!(dump(&stage.client, FEED).await);
}

#[tokio::test]
async fn subscriptions_are_stored_as_ever() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await;
    let operation = Operation {
        key: OperationKey([7; 32]),
        text: "subscription { me { price } }".to_owned(),
    };
    stage
        .feed
        .store_operation(&operation, NOW_MS)
        .await
        .unwrap();
    for (id, watch) in [
        ("all", Watch::Everyone),
        ("market", Watch::Market),
        ("me", Watch::Me),
        ("new", Watch::Registrations),
        ("own", Watch::Snapshots),
        ("rung", Watch::Alerts),
        ("some", Watch::Users(vec![user(1), user(2), user(3)])),
        ("some#2", Watch::Users(vec![user(7), user(7 + 64)])),
    ] {
        let stored = subscription(id, watch);
        let added = stage.subscribe(&connection, user(1), &stored);
        assert_eq!(added.await.unwrap(), Added::Stored);
    }
    for (id, watch) in [("op", Watch::Me), ("none", Watch::Nothing)] {
        let stored = Subscription {
            every: 12,
            operation: Some(LiveOperation {
                key: operation.key,
                expires_at: EXPIRES_AT,
            }),
            ..subscription(id, watch)
        };
        let added = stage.subscribe(&connection, user(1), &stored);
        assert_eq!(added.await.unwrap(), Added::Stored);
    }
    let gone = subscription_id("gone");
    let ended = stage.feed.note_end(&connection.id, &gone, NOW_MS);
    ended.await.unwrap();
    insta::assert_snapshot!(dump(&stage.client, FEED).await);
}

#[tokio::test]
async fn alerts_are_stored_as_ever() {
    let stage = stage().await;
    let alerts = alerts(&stage);
    let made: Vec<_> = (0..4).map(|number| alert(user(1), number)).collect();
    for alert in &made {
        assert!(alerts.add_alert(alert).await.unwrap());
    }
    for alert in &made[1..] {
        let claimed = alerts.claim_alert(alert, crossed(12)).await.unwrap();
        assert_eq!(claimed, Claim::Won);
    }
    for (alert, end) in [(&made[2], Settled::Fired), (&made[3], Settled::Failed)] {
        assert!(alerts.settle_alert(alert, crossed(12), end).await.unwrap());
    }
    insta::assert_snapshot!(dump(&stage.client, FEED).await);
}

#[tokio::test]
async fn the_progress_of_prices_is_stored_as_ever() {
    let stage = stage().await;
    let at = |partition, next_offset, tick| PartitionPosition {
        partition,
        next_offset,
        tick: Tick(tick),
    };
    let published = |tick, offset| PublishedTick {
        tick: Tick(tick),
        ends: vec![at(0, offset, tick), at(11, 7, 1_000)],
        is_complete: tick < 1_009,
    };
    for delivered in [
        vec![],
        vec![at(0, 5, 1_001), at(11, 6, 1_000)],
        vec![at(11, 7, 1_000)],
    ] {
        stage.feed.record_delivered(&delivered).await.unwrap();
    }
    for tick in 1_000..1_010 {
        stage
            .feed
            .record_published(&published(tick, 20))
            .await
            .unwrap();
    }
    let mut progress = stage.feed.progress().await.unwrap();
    progress.published.sort_by_key(|published| published.tick);
    progress
        .delivered
        .sort_by_key(|delivered| delivered.partition);
    let kept: Vec<_> = (1_002..1_010).map(|tick| published(tick, 20)).collect();
    assert_eq!(progress.published, kept);
    assert_eq!(progress.delivered, [at(0, 5, 1_001), at(11, 7, 1_000)]);
    insta::assert_snapshot!(dump(&stage.client, FEED).await);
}
