use domain::Shard;
use feed::session::{CONNECTION_TTL_SECS, Watch};
use feed::{AudienceShard, Connections as _, Subscriptions, Versions};

use super::support::{NOW_MS, connection_id, stage, subscription, subscription_id, user};

fn all_shards() -> Vec<AudienceShard> {
    let users = Shard::all().map(AudienceShard::Users);
    let listeners = (0..AudienceShard::LISTENER_SHARDS).flat_map(|n| {
        [
            AudienceShard::AllUsers(n),
            AudienceShard::Market(n),
            AudienceShard::Registrations(n),
        ]
    });
    users.chain(listeners).collect()
}

#[tokio::test]
async fn a_shard_never_written_has_version_0() {
    let stage = stage().await;
    let versions = stage.feed.versions(&all_shards()).await.unwrap();
    assert_eq!(versions.shards.len(), 88);
    assert!(versions.shards.values().all(|version| *version == 0));
    assert!(versions.alerts.is_empty());
    let none = stage.feed.versions(&[]).await.unwrap();
    assert_eq!(none, Versions::default());
}

#[tokio::test]
async fn a_version_changes_exactly_when_its_shard_does() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await;
    let mut before = stage.feed.versions(&all_shards()).await.unwrap();
    let mine = AudienceShard::Users(Shard::of(user(1)));
    for step in ["add", "remove", "add", "remove connection"] {
        match step {
            "add" => {
                let stored = subscription("s", Watch::Me);
                let added = stage.subscribe(&connection, user(1), &stored).await;
                added.unwrap();
            }
            "remove" => {
                let id = subscription_id("s");
                assert!(
                    stage
                        .feed
                        .remove_subscription(&connection.id, &id)
                        .await
                        .unwrap()
                );
            }
            _ => stage.feed.remove_connection(&connection.id).await.unwrap(),
        }
        let after = stage.feed.versions(&all_shards()).await.unwrap();
        for shard in all_shards() {
            assert_eq!(
                after.shards[&shard] != before.shards[&shard],
                shard == mine,
                "{step} {shard:?}"
            );
        }
        before = after;
    }
}

#[tokio::test]
async fn shards_of_one_version_item_count_apart() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await;
    let users: Vec<_> = (0..64).map(user).collect();
    let stored = subscription("s", Watch::Users(users.clone()));
    stage
        .subscribe(&connection, user(1), &stored)
        .await
        .unwrap();
    let versions = stage.feed.versions(&all_shards()).await.unwrap();
    for shard in all_shards() {
        let touched = users
            .iter()
            .any(|user| AudienceShard::Users(Shard::of(*user)) == shard);
        assert_eq!(versions.shards[&shard], u64::from(touched), "{shard:?}");
    }
}

#[tokio::test]
async fn a_removed_connection_leaves_nothing_and_can_be_removed_again() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await;
    let other = stage.connect("c11", user(1)).await;
    for (id, watch) in [
        ("users", Watch::Users((0..100).map(user).collect())),
        ("me", Watch::Me),
        ("market", Watch::Market),
        ("all", Watch::Everyone),
    ] {
        let stored = subscription(id, watch);
        stage
            .subscribe(&connection, user(1), &stored)
            .await
            .unwrap();
    }
    stage
        .subscribe(&other, user(1), &subscription("s", Watch::Market))
        .await
        .unwrap();
    let before = stage.feed.versions(&all_shards()).await.unwrap();
    stage.feed.remove_connection(&connection.id).await.unwrap();
    let keys = stage.keys().await;
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert!(keys.iter().all(|key| key.contains("c11")), "{keys:?}");

    let after = stage.feed.versions(&all_shards()).await.unwrap();
    let changed = all_shards()
        .into_iter()
        .filter(|shard| before.shards[shard] != after.shards[shard])
        .count();
    assert!(changed > 40, "{changed}");
    stage.feed.remove_connection(&connection.id).await.unwrap();
    stage
        .feed
        .remove_connection(&connection_id("never"))
        .await
        .unwrap();
    assert_eq!(stage.feed.versions(&all_shards()).await.unwrap(), after);
}

#[tokio::test]
async fn expired_entries_are_not_in_the_audience() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await;
    stage
        .subscribe(&connection, user(1), &subscription("s", Watch::Me))
        .await
        .unwrap();
    let shard = AudienceShard::Users(Shard::of(user(1)));
    let expiry_ms = NOW_MS + CONNECTION_TTL_SECS * 1000;
    for (now_ms, entries) in [(expiry_ms - 1_000, 1), (expiry_ms, 0)] {
        stage.clock.set(now_ms);
        assert_eq!(stage.feed.audience(shard).await.unwrap().len(), entries);
    }
}

/// More entries than one page of a query holds.
#[tokio::test]
async fn a_large_shard_is_read_to_the_end() {
    let stage = stage().await;
    let shard = Shard::of(user(1));
    let users: Vec<_> = (0..)
        .map(user)
        .filter(|user| Shard::of(*user) == shard)
        .take(100)
        .collect();
    for c in 0..40 {
        let connection = stage.connect(&format!("c{c}"), user(1)).await;
        for s in 0..18 {
            let stored = subscription(&format!("s{s}"), Watch::Users(users.clone()));
            stage
                .subscribe(&connection, user(1), &stored)
                .await
                .unwrap();
        }
    }
    let entries = stage
        .feed
        .audience(AudienceShard::Users(shard))
        .await
        .unwrap();
    assert_eq!(entries.len(), 720);
}
