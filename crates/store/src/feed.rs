//! Connections, subscriptions and the audience, in the table `FeedTable`:
//!
//! | pk | sk | what |
//! |---|---|---|
//! | `conn#<id>` | `conn` | a connection: who, until when, messages counted; `due_shard` and `due_at` until it authenticates |
//! | `conn#<id>` | `sub#<id>` | a subscription with the audience shards that it is entered in |
//! | `conn#<id>` | `end#<id>` | that the client has ended a GraphQL operation before we knew of it; for seconds |
//! | `aud#<shard>` | `<connection>#<subscription>` | its entry in one of them |
//! | `op#<digest>` | `op` | an operation that GraphQL subscriptions execute |
//! | `ver#<group>` | `v` | the versions of the audience shards of a group, an attribute each |
//! | `progress` | `published` | the newest published ticks, and where each partition of the price topic ended then |
//! | `progress` | `delivered` | up to where each partition was sent to those who listen |
//!
//! A shard is `0` to `63`, `all-0` to `all-7`, `market-0` to `market-7` or `registrations-0` to `-7`, or `own-<user id>`, which has no version; its group is the shard modulo
//! 8, which is the Kafka partition of its users where the price topic has eight, or `all`, or `market`, or `registrations`. So a batch from one partition
//! reads one version item and a subscription bumps at most eight, not 64. Why entries and versions need no
//! common transaction stands in `docs/adr/0003-audience-versions.md`.
//!
//! The index `by_user` leads from a user to the connections on which they have authenticated.
//!
//! Price alerts lie beside the audience: see `alerts`. All but these, the versions and the progress carry `expires_at`, for what no disconnect and no fan-out has cleaned up.

mod alerts;
mod audience;
mod connections;
mod directory;
mod items;
mod keys;
mod operations;
mod progress;
mod subscriptions;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use dynamodb::Table;
use feed::Clock;

pub use alerts::DynamoAlerts;
pub(crate) use connections::{connection_key, read_known_connection};
pub use directory::DynamoDirectory;
pub(crate) use items::read_number;
pub(crate) use keys::CONNECTION_SK;
pub use keys::{DUE_SHARDS, connection_of, connection_pk};

/// The feed's storage in DynamoDB.
#[derive(Clone)]
pub struct DynamoFeed {
    table: Table,
    clock: Arc<dyn Clock>,
}

impl DynamoFeed {
    /// The storage in this table. The clock tells which entries have expired.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            table: Table::new(client, table),
            clock,
        }
    }
}
