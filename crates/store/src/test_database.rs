//! For tests: a DynamoDB of their own, with tables as `template.yaml` declares them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
    KeyType, Projection, ProjectionType, ScalarAttributeType,
};
use aws_sdk_dynamodb::{Client, Config};
use tokio::net::TcpListener;

use ScalarAttributeType::{N, S};

/// A client of a new and empty database.
pub(crate) async fn empty_database() -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client_of(&format!("http://{}", listener.local_addr().unwrap()));
    let database = dynoxide::Database::memory().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    client
}

/// A client of whatever answers at this address.
pub(crate) fn client_of(endpoint: &str) -> Client {
    Client::from_conf(config(endpoint).build())
}

/// A client of a database that isn't there.
pub(crate) fn unreachable() -> Client {
    let config = config("http://127.0.0.1:1").retry_config(RetryConfig::disabled());
    Client::from_conf(config.build())
}

fn config(endpoint: &str) -> Builder {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "tests"))
        .endpoint_url(endpoint)
}

/// Creates `UsersTable` under this name.
pub(crate) async fn create_users_table(client: &Client, name: &str) {
    table(client, name)
        .attribute_definitions(attribute("pk", S))
        .attribute_definitions(attribute("roster_shard", N))
        .attribute_definitions(attribute("outbox_shard", N))
        .attribute_definitions(attribute("name_initial", S))
        .attribute_definitions(attribute("name_place", S))
        .key_schema(key("pk", KeyType::Hash))
        .global_secondary_indexes(index("roster", "roster_shard", "pk", &[]))
        .global_secondary_indexes(index(
            "outbox",
            "outbox_shard",
            "pk",
            &["name", "created_at"],
        ))
        .global_secondary_indexes(index("by_name", "name_initial", "name_place", &[]))
        .send()
        .await
        .unwrap();
}

/// Creates `FeedTable` under this name.
pub(crate) async fn create_feed_table(client: &Client, name: &str) {
    table(client, name)
        .attribute_definitions(attribute("pk", S))
        .attribute_definitions(attribute("sk", S))
        .attribute_definitions(attribute("due_shard", N))
        .attribute_definitions(attribute("due_at", N))
        .attribute_definitions(attribute("user_id", S))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index("due", "due_shard", "due_at", &[]))
        .global_secondary_indexes(index("by_user", "user_id", "pk", &["protocol"]))
        .send()
        .await
        .unwrap();
}

/// Creates a table of items by `pk` and `sk`, without indexes, such as `SnapshotsTable`.
pub(crate) async fn create_plain_table(client: &Client, name: &str) {
    table(client, name)
        .attribute_definitions(attribute("pk", S))
        .attribute_definitions(attribute("sk", S))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .send()
        .await
        .unwrap();
}

fn table(client: &Client, name: &str) -> CreateTableFluentBuilder {
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
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

/// An index of keys and these further attributes.
fn index(name: &str, hash: &str, range: &str, more: &[&str]) -> GlobalSecondaryIndex {
    let projection = Projection::builder();
    let projection = if more.is_empty() {
        projection.projection_type(ProjectionType::KeysOnly)
    } else {
        let more = more.iter().map(|name| (*name).to_owned()).collect();
        projection
            .projection_type(ProjectionType::Include)
            .set_non_key_attributes(Some(more))
    };
    GlobalSecondaryIndex::builder()
        .index_name(name)
        .key_schema(key(hash, KeyType::Hash))
        .key_schema(key(range, KeyType::Range))
        .projection(projection.build())
        .build()
        .unwrap()
}

/// Everything in a table, one attribute to a line: what golden tests compare.
pub(crate) async fn dump(client: &Client, table: &str) -> String {
    let scan = client.scan().table_name(table).send().await.unwrap();
    let item = |item: &HashMap<String, AttributeValue>| {
        let sorted: BTreeMap<_, _> = item.iter().collect();
        let attributes = sorted.into_iter().map(|(name, value)| match value {
            AttributeValue::B(bytes) => format!("{name} B({:02x?})\n", bytes.as_ref()),
            AttributeValue::Ss(texts) => {
                let sorted: BTreeSet<_> = texts.iter().collect();
                format!("{name} Ss({sorted:?})\n")
            }
            value => format!("{name} {value:?}\n"),
        });
        attributes.collect::<String>()
    };
    let mut items: Vec<String> = scan.items().iter().map(item).collect();
    items.sort();
    items.join("\n")
}
