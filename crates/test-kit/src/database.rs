use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Builder, ConfigBag, Credentials, Intercept, Region, RuntimeComponents,
};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
    Projection,
};
use aws_sdk_dynamodb::{Client, Config};
use saphyr::{LoadableYamlNode as _, Yaml};
use store::snapshots::DynamoSnapshots;
use store::users::DynamoUserStore;
use tokio::net::TcpListener;

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// A DynamoDB of a test's own, in memory, with the tables that `template.yaml` declares, each under its logical name.
#[derive(Debug, Clone)]
pub struct TestDatabase {
    /// A client of it.
    pub client: Client,
    requests: RequestCounter,
}

impl TestDatabase {
    /// Starts one, with all tables empty.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let database = dynoxide::Database::memory().expect("a database in memory");
        tokio::spawn(dynoxide::server::serve_on(listener, database));
        let requests = RequestCounter::default();
        let config = config(&format!("http://{address}")).interceptor(requests.clone());
        let client = Client::from_conf(config.build());
        let template = Yaml::load_from_str(TEMPLATE).expect("YAML");
        let resources = template[0]["Resources"].as_mapping().expect("resources");
        for (name, resource) in resources {
            if resource["Type"].as_str() == Some("AWS::DynamoDB::Table") {
                create_table(&client, text(name), &resource["Properties"]).await;
            }
        }
        requests.0.store(0, Ordering::Relaxed);
        Self { client, requests }
    }

    /// How many requests the client has made since this was last asked.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.0.swap(0, Ordering::Relaxed)
    }

    /// The users.
    #[must_use]
    pub fn users(&self) -> DynamoUserStore {
        DynamoUserStore::new(self.client.clone(), "UsersTable")
    }

    /// The snapshots.
    #[must_use]
    pub fn snapshots(&self) -> DynamoSnapshots {
        DynamoSnapshots::new(self.client.clone(), "SnapshotsTable")
    }
}

/// A client of whatever answers at this address.
#[must_use]
pub fn client_of(endpoint: &str) -> Client {
    Client::from_conf(config(endpoint).build())
}

/// A client of a database that isn't there.
#[must_use]
pub fn unreachable_client() -> Client {
    let config = config("http://127.0.0.1:1").retry_config(RetryConfig::disabled());
    Client::from_conf(config.build())
}

/// Everything in a table, one attribute to a line: what golden tests compare.
pub async fn dump(client: &Client, table: &str) -> String {
    let scan = client
        .scan()
        .table_name(table)
        .send()
        .await
        .expect("a page");
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

fn config(endpoint: &str) -> Builder {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "tests"))
        .endpoint_url(endpoint)
}

/// Counts requests as they go out.
#[derive(Debug, Clone, Default)]
struct RequestCounter(Arc<AtomicUsize>);

impl Intercept for RequestCounter {
    fn name(&self) -> &'static str {
        "RequestCounter"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

async fn create_table(client: &Client, name: &str, properties: &Yaml<'_>) {
    let attributes = list(&properties["AttributeDefinitions"]).map(|attribute| {
        AttributeDefinition::builder()
            .attribute_name(text(&attribute["AttributeName"]))
            .attribute_type(text(&attribute["AttributeType"]).into())
            .build()
            .expect("an attribute")
    });
    let indexes = properties
        .as_mapping_get("GlobalSecondaryIndexes")
        .map(|indexes| list(indexes).map(index).collect());
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.collect()))
        .set_key_schema(Some(key_schema(properties)))
        .set_global_secondary_indexes(indexes)
        .send()
        .await
        .expect("a table");
}

fn index(index: &Yaml<'_>) -> GlobalSecondaryIndex {
    let projection = &index["Projection"];
    let more = projection
        .as_mapping_get("NonKeyAttributes")
        .map(|names| list(names).map(|name| text(name).to_owned()).collect());
    let projection = Projection::builder()
        .projection_type(text(&projection["ProjectionType"]).into())
        .set_non_key_attributes(more)
        .build();
    GlobalSecondaryIndex::builder()
        .index_name(text(&index["IndexName"]))
        .set_key_schema(Some(key_schema(index)))
        .projection(projection)
        .build()
        .expect("an index")
}

fn key_schema(of: &Yaml<'_>) -> Vec<KeySchemaElement> {
    let key = |key: &Yaml<'_>| {
        KeySchemaElement::builder()
            .attribute_name(text(&key["AttributeName"]))
            .key_type(text(&key["KeyType"]).into())
            .build()
            .expect("a key")
    };
    list(&of["KeySchema"]).map(key).collect()
}

fn list<'a>(node: &'a Yaml<'a>) -> impl Iterator<Item = &'a Yaml<'a>> {
    node.as_sequence().expect("a list").iter()
}

fn text<'a>(node: &'a Yaml<'_>) -> &'a str {
    node.as_str().expect("a text")
}
