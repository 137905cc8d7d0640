use domain::Network;
use feed::session::{Authentication, Connection, Protocol};
use feed::{Authenticated, Connections};

use super::support::{FEED, NOW_MS, connection_id, stage, user};
use crate::feed::{connection_of, connection_pk};

const EXPIRES_AT: u64 = NOW_MS / 1000 + 3_600;

fn identity(n: u64) -> Authenticated {
    Authenticated {
        user_id: user(n),
        expires_at: EXPIRES_AT,
        role: Default::default(),
    }
}

/// The connections in the index of those that have yet to authenticate.
async fn pending(stage: &super::support::Stage) -> Vec<(String, u64)> {
    let scan = stage
        .client
        .scan()
        .table_name(FEED)
        .index_name("due")
        .send()
        .await
        .unwrap();
    let item = |item: &dynamodb::Item| {
        let deadline = item["due_at"].as_n().unwrap().parse().unwrap();
        let connection = connection_of(item["pk"].as_s().unwrap()).unwrap();
        (connection.0.to_string(), deadline)
    };
    scan.items().iter().map(item).collect()
}

#[tokio::test]
async fn counts_messages_and_keeps_the_window() {
    let stage = stage().await;
    let connection = stage.connect("c1=", user(1)).await;
    assert_eq!(
        connection,
        Connection {
            id: connection_id("c1="),
            connected_at_ms: NOW_MS,
            protocol: Protocol::FastfusionV1,
            is_initialised: false,
            network: Some(Network::of([203, 0, 113, 1].into())),
            identity: Some(identity(1)),
            messages: 1,
            window_start_ms: NOW_MS,
            window_base: 0,
        }
    );
    let moved = Connection {
        window_start_ms: NOW_MS + 5_000,
        window_base: 1,
        ..connection
    };
    stage.feed.start_window(&moved).await.unwrap();
    let counted = stage.feed.count_message(&moved.id).await.unwrap();
    assert_eq!(
        counted,
        Some(Connection {
            messages: 2,
            ..moved
        })
    );
}

#[tokio::test]
async fn an_unknown_connection_is_not_made_by_counting_or_authenticating() {
    let stage = stage().await;
    let nobody = connection_id("gone");
    assert_eq!(stage.feed.count_message(&nobody).await.unwrap(), None);
    let authentication = stage.feed.authenticate(&nobody, identity(1)).await.unwrap();
    assert_eq!(authentication, Authentication::NoConnection);
    assert_eq!(stage.keys().await, Vec::<String>::new());
}

#[tokio::test]
async fn is_pending_until_it_authenticates() {
    let stage = stage().await;
    stage.connect("with-token", user(1)).await;
    let connection = stage.connect_as("without", None).await;
    assert_eq!(connection.identity, None);
    assert_eq!(
        pending(&stage).await,
        [("without".to_owned(), NOW_MS + 10_000)]
    );

    let done = stage
        .feed
        .authenticate(&connection.id, identity(1))
        .await
        .unwrap();
    assert_eq!(done, Authentication::Done);
    assert_eq!(pending(&stage).await, []);
    let counted = stage
        .feed
        .count_message(&connection.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(counted.identity, Some(identity(1)));
}

#[tokio::test]
async fn only_a_newer_token_of_the_same_user_extends() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await.id;
    let later = Authenticated {
        expires_at: EXPIRES_AT + 1,
        ..identity(1)
    };
    let other = Authenticated {
        expires_at: EXPIRES_AT + 9,
        ..identity(2)
    };
    for (identity, expected) in [
        (identity(1), Authentication::Already),
        (other, Authentication::Already),
        (later, Authentication::Done),
    ] {
        let authentication = stage
            .feed
            .authenticate(&connection, identity)
            .await
            .unwrap();
        assert_eq!(authentication, expected, "{identity:?}");
    }
    let counted = stage
        .feed
        .count_message(&connection)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(counted.identity, Some(later));
}

#[tokio::test]
async fn messages_handled_at_the_same_time_are_all_counted() {
    let stage = stage().await;
    let connection = stage.connect("c1", user(1)).await.id;
    let counts = (0..20).map(|_| stage.feed.count_message(&connection));
    for counted in futures_util::future::join_all(counts).await {
        counted.unwrap().unwrap();
    }
    assert_eq!(
        stage
            .feed
            .count_message(&connection)
            .await
            .unwrap()
            .unwrap()
            .messages,
        22
    );
}

#[test]
fn a_partition_key_names_its_connection() {
    let id = connection_id("L0SM9cOFvHcCIhw=");
    assert_eq!(connection_of(&connection_pk(&id)), Some(id));
    assert_eq!(connection_of("aud#1"), None);
}
