//! What driving the ticks needs from both tables: who is a shareholder, who owns the ticks, who has newly
//! registered, and which connections never authenticated.

mod due;
mod lease;
mod users;

#[cfg(test)]
mod tests;

use aws_sdk_dynamodb::Client;
use dynamodb::Table;

/// The ticks' storage in DynamoDB.
#[derive(Clone)]
pub struct DynamoTicks {
    users: Table,
    feed: Table,
}

impl DynamoTicks {
    /// The storage in these tables.
    #[must_use]
    pub fn new(
        client: Client,
        users_table: impl Into<String>,
        feed_table: impl Into<String>,
    ) -> Self {
        Self {
            users: Table::new(client.clone(), users_table),
            feed: Table::new(client, feed_table),
        }
    }
}
