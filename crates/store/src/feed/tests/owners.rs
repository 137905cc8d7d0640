use feed::session::{Protocol, Watch};
use feed::{Authenticated, Connections as _, KnownConnection};

use super::super::connections::connection_key;
use super::support::{FEED, NOW_MS, connection_id, stage, subscription, user};
use dynamodb::text;

#[tokio::test]
async fn a_users_connections_are_those_on_which_they_authenticated() {
    let stage = stage().await;
    let first = stage.connect("c1", user(1)).await;
    stage.connect("other", user(2)).await;
    stage.connect_as("c2", None).await;
    let subscribed = subscription("s", Watch::Me);
    stage.subscribe(&first, user(1), &subscribed).await.unwrap();
    let found = async |user| {
        let found = stage.feed.connections_of(user).await.unwrap().into_iter();
        let mut found: Vec<_> = found.map(|connection| connection.id).collect();
        found.sort();
        found
    };
    assert_eq!(found(user(1)).await, [connection_id("c1")]);

    let identity = Authenticated {
        user_id: user(1),
        expires_at: NOW_MS / 1000 + 60,
        role: Default::default(),
    };
    stage
        .feed
        .authenticate(&connection_id("c2"), identity)
        .await
        .unwrap();
    assert_eq!(
        found(user(1)).await,
        [connection_id("c1"), connection_id("c2")]
    );
    stage
        .feed
        .remove_connection(&connection_id("c1"))
        .await
        .unwrap();
    assert_eq!(found(user(1)).await, [connection_id("c2")]);
    assert_eq!(found(user(3)).await, []);
}

#[tokio::test]
async fn connections_are_found_with_what_is_spoken_on_them() {
    let stage = stage().await;
    stage.connect("c", user(1)).await;
    stage
        .client
        .update_item()
        .table_name(FEED)
        .set_key(Some(connection_key(&connection_id("c"))))
        .update_expression("SET protocol = :other")
        .expression_attribute_values(":other", text(Protocol::GraphqlTransportWs.name()))
        .send()
        .await
        .unwrap();
    let owned = KnownConnection {
        id: connection_id("c"),
        protocol: Protocol::GraphqlTransportWs,
    };
    assert_eq!(stage.feed.connections_of(user(1)).await.unwrap(), [owned]);
}
