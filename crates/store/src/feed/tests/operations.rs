use domain::Network;
use domain::user::Role;
use feed::session::{Added, Authentication, NewConnection, Protocol, Subscription, Watch};
use feed::{
    AudienceShard, Authenticated, Connections, Interest, LiveOperation, Operation, OperationKey,
    Subscriptions,
};

use super::support::{NOW_MS, Stage, connection_id, stage, subscription, subscription_id, user};

fn operation(n: u8) -> Operation {
    Operation {
        key: OperationKey([n; 32]),
        text: format!("operation {n}"),
    }
}

fn live(id: &str, watch: Watch) -> Subscription {
    Subscription {
        operation: Some(LiveOperation {
            key: operation(7).key,
            expires_at: NOW_MS / 1000 + 60,
        }),
        ..subscription(id, watch)
    }
}

fn admin() -> Authenticated {
    Authenticated {
        user_id: user(1),
        expires_at: NOW_MS / 1000 + 60,
        role: Role::Admin,
    }
}

async fn open(stage: &Stage, id: &str, identity: Option<Authenticated>) {
    let connection = NewConnection {
        id: connection_id(id),
        protocol: Some(Protocol::GraphqlTransportWs),
        connected_at_ms: NOW_MS,
        network: Network::of([203, 0, 113, 1].into()),
        identity,
    };
    stage.feed.store_connection(&connection).await.unwrap();
}

#[tokio::test]
async fn a_connection_is_initialised_once_and_keeps_who_did() {
    let stage = stage().await;
    let id = connection_id("c");
    let initialise = |identity| stage.feed.initialise(&id, identity);
    assert_eq!(
        initialise(admin()).await.unwrap(),
        Authentication::NoConnection
    );
    open(&stage, "c", None).await;
    let count = || stage.feed.count_message(&id);
    let opened = count().await.unwrap().unwrap();
    assert_eq!(opened.protocol, Protocol::GraphqlTransportWs);
    assert!(!opened.is_initialised);

    assert_eq!(initialise(admin()).await.unwrap(), Authentication::Done);
    assert_eq!(initialise(admin()).await.unwrap(), Authentication::Already);
    let initialised = count().await.unwrap().unwrap();
    assert!(initialised.is_initialised);
    assert_eq!(initialised.identity, Some(admin()));
}

#[tokio::test]
async fn a_connection_that_was_opened_with_a_token_is_initialised_by_its_user_alone() {
    let stage = stage().await;
    open(&stage, "c", Some(admin())).await;
    let id = connection_id("c");
    let other = Authenticated {
        user_id: user(2),
        ..admin()
    };
    let initialise = |identity| stage.feed.initialise(&id, identity);
    assert_eq!(initialise(other).await.unwrap(), Authentication::Already);
    assert_eq!(initialise(admin()).await.unwrap(), Authentication::Done);
}

#[tokio::test]
async fn what_a_subscription_executes_comes_with_its_entries() {
    let stage = stage().await;
    let connection = stage.connect("c", user(1)).await;
    for (id, watch) in [
        ("prices", Watch::Me),
        ("snapshots", Watch::Snapshots),
        ("alerts", Watch::Alerts),
    ] {
        let added = stage
            .subscribe(&connection, user(1), &live(id, watch))
            .await;
        assert_eq!(added.unwrap(), Added::Stored);
    }
    let own = |n| stage.feed.audience(AudienceShard::Own(user(n)));
    let mut entries = own(1).await.unwrap();
    entries.sort_by(|a, b| a.subscription.cmp(&b.subscription));
    let expected = live("any", Watch::Alerts).operation;
    let found: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry.subscription.as_str(),
                &entry.interest,
                entry.operation,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("alerts", &Interest::Alerts, expected),
            ("snapshots", &Interest::Snapshots, expected),
        ]
    );
    assert_eq!(own(2).await.unwrap(), []);
    let subscriptions = stage.feed.subscriptions(&connection.id).await.unwrap();
    assert!(subscriptions.iter().all(|held| held.operation == expected));

    let removed = stage
        .feed
        .remove_subscription(&connection.id, &subscription_id("alerts"))
        .await;
    assert!(removed.unwrap());
    assert_eq!(own(1).await.unwrap().len(), 1);
    stage.feed.remove_connection(&connection.id).await.unwrap();
    assert_eq!(own(1).await.unwrap(), []);
}

#[tokio::test]
async fn operations_are_found_by_their_keys() {
    let stage = stage().await;
    for n in [1, 2, 2] {
        let stored = stage.feed.store_operation(&operation(n), NOW_MS).await;
        stored.unwrap();
    }
    let keys = [1, 3, 2, 1].map(|n| operation(n).key);
    let mut found = stage.feed.find_operations(&keys).await.unwrap();
    found.sort_by_key(|operation| operation.key);
    assert_eq!(found, [operation(1), operation(2)]);
    assert_eq!(stage.feed.find_operations(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn an_id_is_taken_by_whatever_operation_has_it() {
    let stage = stage().await;
    let connection = stage.connect("c", user(1)).await;
    let add = |watch| {
        let subscription = subscription("s", watch);
        let (stage, connection) = (&stage, &connection);
        async move { stage.subscribe(connection, user(1), &subscription).await }
    };
    assert_eq!(add(Watch::Nothing).await.unwrap(), Added::Stored);
    assert_eq!(add(Watch::Nothing).await.unwrap(), Added::Duplicate);
    assert_eq!(add(Watch::Me).await.unwrap(), Added::Duplicate);
    let id = subscription_id("s");
    let remove = || stage.feed.remove_subscription(&connection.id, &id);
    assert!(remove().await.unwrap());
    assert!(!remove().await.unwrap());
    assert_eq!(add(Watch::Me).await.unwrap(), Added::Stored);
}

#[tokio::test]
async fn an_operation_that_was_ended_before_it_came_does_not_begin() {
    let stage = stage().await;
    let connection = stage.connect("c", user(1)).await;
    let note = |id: &'static str, at_ms| {
        let (feed, connection) = (&stage.feed, &connection.id);
        async move { feed.note_end(connection, &subscription_id(id), at_ms).await }
    };
    note("now", NOW_MS).await.unwrap();
    note("before", NOW_MS - 60_000).await.unwrap();
    let add = |subscription: Subscription| {
        let (stage, connection) = (&stage, &connection);
        async move { stage.subscribe(connection, user(1), &subscription).await }
    };
    for (watch, id, expected) in [
        (Watch::Me, "now", Added::Ended),
        (Watch::Me, "before", Added::Stored),
        (Watch::Market, "other", Added::Stored),
    ] {
        assert_eq!(add(live(id, watch)).await.unwrap(), expected, "{id}");
    }
    let once = subscription("now", Watch::Nothing);
    assert_eq!(add(once).await.unwrap(), Added::Ended);
    // The raw feed knows no such thing.
    let raw = subscription("now", Watch::Me);
    assert_eq!(add(raw).await.unwrap(), Added::Stored);
    let now = subscription_id("now");
    let feed = &stage.feed;
    assert!(
        feed.remove_subscription(&connection.id, &now)
            .await
            .unwrap()
    );
    feed.clear_end(&connection.id, &now).await.unwrap();
    assert_eq!(add(live("now", Watch::Me)).await.unwrap(), Added::Stored);
}
