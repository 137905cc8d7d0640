mod dispatch;
mod lag;
mod tables;
mod wire;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::{Client, Config};
use feed::Clock;
use store::feed::{DynamoAlerts, DynamoDirectory, DynamoFeed};
use store::snapshots::DynamoSnapshots;
use store::ticks::DynamoTicks;
use store::users::DynamoUserStore;

use self::tables::create_tables;
use self::wire::Wire;

pub use self::lag::IndexChange;
pub use self::wire::{DatabaseRequest, Reaction};

/// A DynamoDB of a test's own, in memory, with the tables that `template.yaml` declares, each under its logical name.
///
/// It answers in this process and takes none of Tokio's time, so that tests may pause that. Nothing is retried by the
/// client.
#[derive(Debug, Clone)]
pub struct TestDatabase {
    /// A client of it.
    pub client: Client,
    wire: Wire,
}

impl TestDatabase {
    /// Starts one, with all tables empty.
    pub async fn start() -> Self {
        let wire = Wire::default();
        let config = config("http://database")
            .retry_config(RetryConfig::disabled())
            .http_client(wire.clone());
        let client = Client::from_conf(config.build());
        create_tables(&client).await;
        wire.take_requests();
        Self { client, wire }
    }

    /// What was asked of it since this was last called.
    #[must_use]
    pub fn requests(&self) -> Vec<DatabaseRequest> {
        self.wire.take_requests()
    }

    /// Decides from now on what becomes of each request.
    pub fn react(&self, reaction: impl FnMut(&DatabaseRequest) -> Reaction + Send + 'static) {
        self.wire.react(Some(Box::new(reaction)));
    }

    /// Has every request fail, or none.
    pub fn set_down(&self, is_down: bool) {
        if is_down {
            self.react(|_| Reaction::Fail);
        } else {
            self.heal();
        }
    }

    /// Has no request fail any more, nor be delayed.
    pub fn heal(&self) {
        self.wire.react(None);
    }

    /// Has an index, by its name, show each change to an item only so much later. By default indexes lag behind nothing.
    pub fn lag(&self, index: &str, by: impl FnMut(&IndexChange) -> Duration + Send + 'static) {
        self.wire.lag(index, Box::new(by));
    }

    /// The users.
    #[must_use]
    pub fn users(&self) -> DynamoUserStore {
        DynamoUserStore::new(self.client.clone(), "UsersTable")
    }

    /// The directory in which subscriptions look users up.
    #[must_use]
    pub fn directory(&self) -> DynamoDirectory {
        DynamoDirectory::new(self.client.clone(), "UsersTable")
    }

    /// The snapshots.
    #[must_use]
    pub fn snapshots(&self) -> DynamoSnapshots {
        DynamoSnapshots::new(self.client.clone(), "SnapshotsTable")
    }

    /// Connections, subscriptions and the audience.
    #[must_use]
    pub fn feed(&self, clock: Arc<dyn Clock>) -> DynamoFeed {
        DynamoFeed::new(self.client.clone(), "FeedTable", clock)
    }

    /// The alerts.
    #[must_use]
    pub fn alerts(&self, clock: Arc<dyn Clock>) -> DynamoAlerts {
        DynamoAlerts::new(self.feed(clock))
    }

    /// What driving the ticks reads and writes.
    #[must_use]
    pub fn ticks(&self) -> DynamoTicks {
        DynamoTicks::new(self.client.clone(), "UsersTable", "FeedTable")
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
            value => format!("{name} {}\n", show(value)),
        });
        attributes.collect::<String>()
    };
    let mut items: Vec<String> = scan.items().iter().map(item).collect();
    items.sort();
    items.join("\n")
}

/// A value whose maps are in order.
fn show(value: &AttributeValue) -> String {
    match value {
        AttributeValue::M(attributes) => {
            let sorted: BTreeMap<_, _> = attributes.iter().collect();
            let shown = sorted
                .into_iter()
                .map(|(name, value)| format!("{name:?}: {}", show(value)));
            format!("M({{{}}})", shown.collect::<Vec<_>>().join(", "))
        }
        AttributeValue::L(values) => {
            let shown: Vec<_> = values.iter().map(show).collect();
            format!("L([{}])", shown.join(", "))
        }
        value => format!("{value:?}"),
    }
}

fn config(endpoint: &str) -> Builder {
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "tests"))
        .endpoint_url(endpoint)
}
