use std::sync::Arc;

use app::ticks::Clock;
use app::users::{NewUser, Profile, StoreUser as _};
use async_trait::async_trait;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, PutRequest, ScalarAttributeType, WriteRequest,
};
use aws_sdk_dynamodb::{Client, Config};
use domain::UserId;
use domain::user::{Email, Name};

use crate::feed::DynamoFeed;
use crate::ticks::{DynamoTicks, number, text};
use crate::users::DynamoUserStore;

pub(super) const NOW_MS: u64 = 1_767_225_600_000;
pub(super) const FEED: &str = "feed";
pub(super) const USERS: &str = "users";

pub(super) struct Stage {
    pub(super) client: Client,
    pub(super) ticks: DynamoTicks,
    pub(super) users: DynamoUserStore,
    pub(super) feed: DynamoFeed,
}

struct StandingClock;

#[async_trait]
impl Clock for StandingClock {
    fn now_ms(&self) -> u64 {
        NOW_MS
    }

    async fn sleep_until(&self, _: u64) {}
}

/// Empty tables, as `template.yaml` declares them, in a database of their own.
pub(super) async fn stage() -> Stage {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let database = dynoxide::Database::memory().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let client = client(&format!("http://{address}"));
    create_users_table(&client).await;
    create_feed_table(&client).await;
    Stage {
        ticks: DynamoTicks::new(client.clone(), USERS, FEED),
        users: DynamoUserStore::new(client.clone(), USERS),
        feed: DynamoFeed::new(client.clone(), FEED, Arc::new(StandingClock)),
        client,
    }
}

/// A store whose database isn't there.
pub(super) fn unreachable() -> DynamoTicks {
    DynamoTicks::new(client("http://127.0.0.1:1"), USERS, FEED)
}

fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "tests"))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(endpoint)
        .build();
    Client::from_conf(config)
}

impl Stage {
    /// Stores a user as registration does.
    pub(super) async fn register(&self, id: UserId) -> UserId {
        let profile = Profile {
            id,
            name: Name::parse("Ann").unwrap(),
            email: Email::parse(&format!("{id}@example.com")).unwrap(),
            phone: None,
            preferences: Default::default(),
        };
        let user = NewUser {
            profile,
            password_hash: "hash".to_owned(),
        };
        self.users.store_user(&user).await.unwrap();
        id
    }

    /// Puts many users into one shard of the roster.
    pub(super) async fn fill_shard(&self, shard: u64, count: u64) -> Vec<UserId> {
        let ids: Vec<UserId> = (0..count).map(|n| registered_at(NOW_MS + n)).collect();
        for chunk in ids.chunks(25) {
            let writes = chunk.iter().map(|id| {
                let put = PutRequest::builder()
                    .item("pk", text(format!("user#{id}")))
                    .item("roster_shard", number(shard))
                    .build()
                    .unwrap();
                WriteRequest::builder().put_request(put).build()
            });
            let batch = self.client.batch_write_item();
            batch
                .request_items(USERS, writes.collect())
                .send()
                .await
                .unwrap();
        }
        ids
    }

    pub(super) async fn put_broken_user(&self) {
        let put = self
            .client
            .put_item()
            .table_name(USERS)
            .item("pk", text("user#nobody"));
        let put = put
            .item("roster_shard", number(0))
            .item("outbox_shard", number(0));
        put.send().await.unwrap();
    }
}

pub(super) fn registered_at(ms: u64) -> UserId {
    UserId::generate(ms, &[1; 10])
}

pub(super) fn unordered(mut users: Vec<UserId>) -> Vec<UserId> {
    users.sort_unstable();
    users
}

async fn create_users_table(client: &Client) {
    let attributes = [
        ("pk", ScalarAttributeType::S),
        ("roster_shard", ScalarAttributeType::N),
        ("outbox_shard", ScalarAttributeType::N),
    ];
    let projection = Projection::builder()
        .projection_type(ProjectionType::Include)
        .set_non_key_attributes(Some(vec!["name".to_owned(), "created_at".to_owned()]));
    let outbox = index("outbox", "outbox_shard", "pk", projection.build());
    client
        .create_table()
        .table_name(USERS)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.map(attribute).to_vec()))
        .key_schema(key("pk", KeyType::Hash))
        .global_secondary_indexes(index("roster", "roster_shard", "pk", keys_only()))
        .global_secondary_indexes(outbox)
        .send()
        .await
        .unwrap();
}

async fn create_feed_table(client: &Client) {
    let attributes = [
        ("pk", ScalarAttributeType::S),
        ("sk", ScalarAttributeType::S),
        ("pending_shard", ScalarAttributeType::N),
        ("auth_deadline", ScalarAttributeType::N),
    ];
    client
        .create_table()
        .table_name(FEED)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.map(attribute).to_vec()))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index(
            "pending",
            "pending_shard",
            "auth_deadline",
            keys_only(),
        ))
        .send()
        .await
        .unwrap();
}

fn attribute((name, kind): (&str, ScalarAttributeType)) -> AttributeDefinition {
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

fn keys_only() -> Projection {
    Projection::builder()
        .projection_type(ProjectionType::KeysOnly)
        .build()
}

fn index(name: &str, hash: &str, range: &str, projection: Projection) -> GlobalSecondaryIndex {
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .key_schema(key(hash, KeyType::Hash))
        .key_schema(key(range, KeyType::Range))
        .projection(projection)
        .build()
        .unwrap()
}
