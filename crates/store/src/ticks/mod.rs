//! What driving the ticks needs from both tables: who is a shareholder, who owns the ticks, who has newly
//! registered, and which connections never authenticated.

mod due;
mod lease;
mod users;

#[cfg(test)]
mod tests;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

/// Shards of the indexes `roster` and `outbox`, read side by side.
const USER_SHARDS: u64 = 16;

/// The ticks' storage in DynamoDB.
#[derive(Clone)]
pub struct DynamoTicks {
    client: Client,
    users_table: String,
    feed_table: String,
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
            client,
            users_table: users_table.into(),
            feed_table: feed_table.into(),
        }
    }
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
