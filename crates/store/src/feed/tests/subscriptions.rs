use std::collections::BTreeSet;

use domain::{Shard, Tick, UserId};
use feed::session::{Added, Subscription, Watch};
use feed::{AudienceShard, Connections, Interest, Subscriptions};

use super::support::{connection_id, stage, subscription, subscription_id, user};

#[tokio::test]
async fn is_entered_in_the_shard_of_each_user_and_listed() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await;
    let users: Vec<UserId> = (0..100).map(user).collect();
    let live_from = Tick(353_445_121);
    let watch = Watch::Users(users.clone());
    let stored = Subscription {
        id: subscription_id("s#1"),
        watch,
        every: 12,
        live_from,
        operation: None,
    };
    let added = stage
        .subscribe(&connection, user(1), &stored)
        .await
        .unwrap();
    assert_eq!(added, Added::Stored);

    let mut entered = BTreeSet::new();
    for shard in Shard::all() {
        for entry in stage
            .feed
            .audience(AudienceShard::Users(shard))
            .await
            .unwrap()
        {
            assert_eq!(entry.connection, connection.id);
            assert_eq!(entry.subscription.as_str(), "s#1");
            assert_eq!((entry.every, entry.live_from), (12, live_from));
            let Interest::Users(users) = entry.interest else {
                panic!("{entry:?}")
            };
            for user in users {
                assert_eq!(Shard::of(user), shard);
                assert!(entered.insert(user), "{user} twice");
            }
        }
    }
    assert_eq!(entered, users.into_iter().collect());
    assert_eq!(
        stage.feed.subscriptions(&connection.id).await.unwrap(),
        [stored]
    );
}

#[tokio::test]
async fn each_kind_is_entered_where_it_listens() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await;
    for (id, watch) in [
        ("me", Watch::Me),
        ("all", Watch::Everyone),
        ("market", Watch::Market),
    ] {
        let stored = subscription(id, watch);
        stage
            .subscribe(&connection, user(7), &stored)
            .await
            .unwrap();
    }
    let me = stage
        .feed
        .audience(AudienceShard::Users(Shard::of(user(7))))
        .await
        .unwrap();
    assert_eq!(me[0].interest, Interest::Users(vec![user(7)]));
    let mut listening = Vec::new();
    for n in 0..AudienceShard::LISTENER_SHARDS {
        listening.extend(
            stage
                .feed
                .audience(AudienceShard::AllUsers(n))
                .await
                .unwrap(),
        );
        listening.extend(stage.feed.audience(AudienceShard::Market(n)).await.unwrap());
    }
    let topics: Vec<_> = listening
        .into_iter()
        .map(|entry| (entry.subscription.to_string(), entry.interest))
        .collect();
    assert_eq!(
        topics,
        [
            ("all".to_owned(), Interest::AllUsers),
            ("market".to_owned(), Interest::Market)
        ]
    );
    let listed = stage.feed.subscriptions(&connection.id).await.unwrap();
    let watched: Vec<_> = listed.into_iter().map(|listed| listed.watch).collect();
    assert_eq!(watched, [Watch::Everyone, Watch::Market, Watch::Me]);
}

#[tokio::test]
async fn a_second_one_of_the_same_id_changes_nothing() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await;
    let first = subscription("s", Watch::Me);
    stage.subscribe(&connection, user(1), &first).await.unwrap();
    let second = subscription("s", Watch::Everyone);
    let added = stage
        .subscribe(&connection, user(1), &second)
        .await
        .unwrap();
    assert_eq!(added, Added::Duplicate);
    assert_eq!(
        stage.feed.subscriptions(&connection.id).await.unwrap(),
        [first]
    );
}

#[tokio::test]
async fn a_connection_holds_twenty_and_room_comes_back() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await;
    let add = async |id: &str| {
        let stored = subscription(id, Watch::Me);
        stage
            .subscribe(&connection, user(1), &stored)
            .await
            .unwrap()
    };
    for n in 0..20 {
        assert_eq!(add(&n.to_string()).await, Added::Stored);
    }
    assert_eq!(add("20").await, Added::TooMany);
    let removed = stage
        .feed
        .remove_subscription(&connection.id, &subscription_id("7"))
        .await;
    assert!(removed.unwrap());
    assert_eq!(add("20").await, Added::Stored);
    assert_eq!(add("7").await, Added::TooMany);
}

#[tokio::test]
async fn none_is_added_to_a_connection_that_is_gone() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await;
    stage.feed.remove_connection(&connection.id).await.unwrap();
    let stored = subscription("s", Watch::Me);
    let added = stage
        .subscribe(&connection, user(1), &stored)
        .await
        .unwrap();
    assert_eq!(added, Added::NoConnection);
    assert_eq!(stage.keys().await, Vec::<String>::new());
}

#[tokio::test]
async fn removing_one_leaves_the_others() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await;
    for id in ["a", "b"] {
        let stored = subscription(id, Watch::Users(vec![user(1), user(2), user(3)]));
        stage
            .subscribe(&connection, user(1), &stored)
            .await
            .unwrap();
    }
    let id = subscription_id("a");
    assert!(
        stage
            .feed
            .remove_subscription(&connection.id, &id)
            .await
            .unwrap()
    );
    assert!(
        !stage
            .feed
            .remove_subscription(&connection.id, &id)
            .await
            .unwrap()
    );
    let keys = stage.keys().await;
    assert!(keys.iter().all(|key| !key.ends_with("#a")), "{keys:?}");
    assert!(keys.contains(&"conn#c1/sub#b".to_owned()), "{keys:?}");
    let other = connection_id("other");
    assert!(
        !stage
            .feed
            .remove_subscription(&other, &subscription_id("b"))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn many_at_once_on_one_connection_are_all_stored() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await;
    let stored: Vec<_> = (0..10)
        .map(|n| subscription(&n.to_string(), Watch::Me))
        .collect();
    let adding = stored.iter().map(|stored| async {
        let (added, counted) = tokio::join!(
            stage.subscribe(&connection, user(1), stored),
            stage.feed.count_message(&connection.id),
        );
        counted.unwrap().unwrap();
        added.unwrap()
    });
    let added = futures_util::future::join_all(adding).await;
    assert!(
        added.iter().all(|added| *added == Added::Stored),
        "{added:?}"
    );
    assert_eq!(
        stage.feed.subscriptions(&connection.id).await.unwrap(),
        stored
    );
}

#[tokio::test]
async fn none_listens_before_it_is_live_and_none_goes_live_that_was_removed() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await;
    let shard = AudienceShard::Users(Shard::of(user(1)));
    let me = subscription("s", Watch::Me);
    let add = || stage.feed.add_subscription(&connection, &me);
    let go_live = || stage.feed.go_live(&connection, user(1), &me);
    let listening = async || stage.feed.audience(shard).await.unwrap().len();

    assert_eq!(add().await.unwrap(), Added::Stored);
    assert_eq!(listening().await, 0);
    let before = stage.feed.versions(&[shard]).await.unwrap();
    assert!(go_live().await.unwrap());
    assert_eq!(listening().await, 1);
    assert_ne!(stage.feed.versions(&[shard]).await.unwrap(), before);

    let remove = || stage.feed.remove_subscription(&connection.id, &me.id);
    assert!(remove().await.unwrap());
    assert!(!go_live().await.unwrap());
    assert_eq!(add().await.unwrap(), Added::Stored);
    stage.feed.remove_connection(&connection.id).await.unwrap();
    assert!(!go_live().await.unwrap());
    assert_eq!(listening().await, 0);
}

#[tokio::test]
async fn one_that_goes_live_while_it_is_removed_leaves_nothing_behind() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await;
    let me = subscription("s", Watch::Me);
    for _ in 0..20 {
        let added = stage.feed.add_subscription(&connection, &me).await;
        assert_eq!(added.unwrap(), Added::Stored);
        let (removed, live) = tokio::join!(
            stage.feed.remove_subscription(&connection.id, &me.id),
            stage.feed.go_live(&connection, user(1), &me),
        );
        assert!(removed.unwrap());
        live.unwrap();
        assert_eq!(stage.keys().await, ["conn#c1/conn"]);
    }
}
