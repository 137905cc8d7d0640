use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use domain::{Network, Tick, UserId};
use feed::session::{
    Added, Connection, NewConnection, Protocol, Subscription, SubscriptionId, Watch,
};
use feed::{Authenticated, Clock, ConnectionId, Connections, Result, Subscriptions as _};
use test_kit::{TestClock, TestDatabase};

use crate::feed::{DynamoDirectory, DynamoFeed};

pub(super) const NOW_MS: u64 = 1_767_225_600_000;
pub(super) const FEED: &str = "FeedTable";
pub(super) const USERS: &str = "UsersTable";

pub(super) struct Stage {
    pub(super) client: Client,
    pub(super) feed: DynamoFeed,
    pub(super) directory: DynamoDirectory,
    pub(super) clock: Arc<TestClock>,
}

/// Empty tables, as `template.yaml` declares them, in a database of their own.
pub(super) async fn stage() -> Stage {
    let client = TestDatabase::start().await.client;
    let clock = Arc::new(TestClock::standing_at(NOW_MS));
    Stage {
        feed: DynamoFeed::new(client.clone(), FEED, Arc::clone(&clock) as Arc<dyn Clock>),
        directory: DynamoDirectory::new(client.clone(), USERS),
        client,
        clock,
    }
}

impl Stage {
    /// A connection that `user` has opened.
    pub(super) async fn connect(&self, id: &str, user: UserId) -> Connection {
        let identity = Some(Authenticated {
            user_id: user,
            expires_at: NOW_MS / 1000 + 3_600,
            role: Default::default(),
        });
        self.connect_as(id, identity).await
    }

    pub(super) async fn connect_as(&self, id: &str, identity: Option<Authenticated>) -> Connection {
        let connection = NewConnection {
            id: connection_id(id),
            protocol: Some(Protocol::FastfusionV1),
            connected_at_ms: NOW_MS,
            network: Network::of([203, 0, 113, 1].into()),
            identity,
        };
        self.feed.store_connection(&connection).await.unwrap();
        self.feed
            .count_message(&connection.id)
            .await
            .unwrap()
            .unwrap()
    }

    /// Adds a subscription and makes it live.
    pub(super) async fn subscribe(
        &self,
        connection: &Connection,
        user: UserId,
        subscription: &Subscription,
    ) -> Result<Added> {
        let added = self.feed.add_subscription(connection, subscription).await?;
        if added == Added::Stored && subscription.watch != Watch::Nothing {
            assert!(self.feed.go_live(connection, user, subscription).await?);
        }
        Ok(added)
    }

    /// Everything in the feed table but versions, as `pk/sk`, sorted.
    pub(super) async fn keys(&self) -> Vec<String> {
        let scan = self.client.scan().table_name(FEED).send().await.unwrap();
        let mut keys: Vec<String> = scan
            .items()
            .iter()
            .map(|item| {
                format!(
                    "{}/{}",
                    item["pk"].as_s().unwrap(),
                    item["sk"].as_s().unwrap()
                )
            })
            .filter(|key| !key.starts_with("ver#"))
            .collect();
        keys.sort();
        keys
    }
}

pub(super) fn connection_id(id: &str) -> ConnectionId {
    ConnectionId(id.into())
}

/// The user number `n`.
pub(super) fn user(n: u64) -> UserId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    UserId::generate(NOW_MS - 3_600_000 + n, &random)
}

pub(super) fn subscription_id(id: &str) -> SubscriptionId {
    SubscriptionId::parse(id).unwrap()
}

pub(super) fn subscription(id: &str, watch: Watch) -> Subscription {
    Subscription {
        id: subscription_id(id),
        watch,
        every: 1,
        live_from: Tick::at_ms(NOW_MS).next(),
        operation: None,
    }
}
