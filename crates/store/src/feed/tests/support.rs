use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use app::feed::ConnectionId;
use app::feed::session::{
    Connection, HoldConnection, NewConnection, Protocol, StoreConnection, Subscription,
    SubscriptionId, Watch,
};
use app::ticks::Clock;
use app::users::Authenticated;
use async_trait::async_trait;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use aws_sdk_dynamodb::{Client, Config};
use domain::{Tick, UserId};

use crate::feed::{DynamoDirectory, DynamoFeed};

pub(super) const NOW_MS: u64 = 1_767_225_600_000;
pub(super) const FEED: &str = "feed";
pub(super) const USERS: &str = "users";

/// A clock that stands still until it is set.
pub(super) struct FixedClock(pub(super) AtomicU64);

#[async_trait]
impl Clock for FixedClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    async fn sleep_until(&self, at_ms: u64) {
        self.0.fetch_max(at_ms, Ordering::SeqCst);
    }
}

pub(super) struct Stage {
    pub(super) client: Client,
    pub(super) feed: DynamoFeed,
    pub(super) directory: DynamoDirectory,
    pub(super) clock: Arc<FixedClock>,
}

/// Empty tables, as `template.yaml` declares them, in a database of their own.
pub(super) async fn stage() -> Stage {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let database = dynoxide::Database::memory().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "tests"))
        .endpoint_url(format!("http://{address}"))
        .build();
    let client = Client::from_conf(config);
    create_feed_table(&client).await;
    create_users_table(&client).await;
    let clock = Arc::new(FixedClock(AtomicU64::new(NOW_MS)));
    Stage {
        feed: DynamoFeed::new(client.clone(), FEED, Arc::clone(&clock) as Arc<dyn Clock>),
        directory: DynamoDirectory::new(client.clone(), USERS),
        client,
        clock,
    }
}

async fn create_feed_table(client: &Client) {
    use ScalarAttributeType::{N, S};
    client
        .create_table()
        .table_name(FEED)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk", S))
        .attribute_definitions(attribute("sk", S))
        .attribute_definitions(attribute("pending_shard", N))
        .attribute_definitions(attribute("auth_deadline", N))
        .attribute_definitions(attribute("user_id", S))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index("pending", "pending_shard", "auth_deadline"))
        .global_secondary_indexes(by_user())
        .send()
        .await
        .unwrap();
}

async fn create_users_table(client: &Client) {
    use ScalarAttributeType::{N, S};
    client
        .create_table()
        .table_name(USERS)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk", S))
        .attribute_definitions(attribute("roster_shard", N))
        .key_schema(key("pk", KeyType::Hash))
        .global_secondary_indexes(index("roster", "roster_shard", "pk"))
        .send()
        .await
        .unwrap();
}

fn attribute(name: &str, kind: ScalarAttributeType) -> AttributeDefinition {
    AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(kind)
        .build()
        .unwrap()
}

fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder()
        .attribute_name(name)
        .key_type(kind)
        .build()
        .unwrap()
}

fn index(name: &str, hash: &str, range: &str) -> GlobalSecondaryIndex {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .key_schema(key(hash, KeyType::Hash))
        .key_schema(key(range, KeyType::Range))
        .projection(
            Projection::builder()
                .projection_type(ProjectionType::KeysOnly)
                .build(),
        )
        .build()
        .unwrap()
}

fn by_user() -> GlobalSecondaryIndex {
    let projection = Projection::builder()
        .projection_type(ProjectionType::Include)
        .non_key_attributes("protocol")
        .build();
    GlobalSecondaryIndex::builder()
        .index_name("by_user")
        .key_schema(key("user_id", KeyType::Hash))
        .key_schema(key("pk", KeyType::Range))
        .projection(projection)
        .build()
        .unwrap()
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
            identity,
        };
        self.feed.store_connection(&connection).await.unwrap();
        self.feed
            .count_message(&connection.id)
            .await
            .unwrap()
            .unwrap()
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
    }
}
