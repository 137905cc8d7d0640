use std::fmt::Write as _;

use app::Result;
use app::users::{AttemptKey, Attempts, LoginAttempts, RecordedAttempt};
use async_trait::async_trait;
use aws_lc_rs::digest;
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};

use super::DynamoUserStore;
use super::items::{number, text};

#[async_trait]
impl LoginAttempts for DynamoUserStore {
    async fn attempts(&self, key: &AttemptKey) -> Result<Option<Attempts>> {
        self.item(item_key(key))
            .await?
            .map(|item| item.to_attempts())
            .transpose()
    }

    async fn record_attempts(&self, changes: &[RecordedAttempt]) -> Result<bool> {
        let writes: Vec<_> = changes.iter().map(|change| self.update(change)).collect();
        Ok(self.transact(&writes).await?.is_none())
    }
}

impl DynamoUserStore {
    fn update(&self, change: &RecordedAttempt) -> TransactWriteItem {
        let update = Update::builder()
            .table_name(&self.table)
            .key("pk", text(item_key(&change.key)))
            .update_expression(
                "SET failures = :failures, window_began = :window, last_attempt = :last, \
                 known_until = :known, expires_at = :expires",
            )
            .expression_attribute_values(":failures", number(change.new.failures))
            .expression_attribute_values(":window", number(change.new.window_ms))
            .expression_attribute_values(":last", number(change.new.last_ms))
            .expression_attribute_values(":known", number(change.new.known_until_ms))
            .expression_attribute_values(":expires", number(change.expires_at));
        let update = match &change.seen {
            None => update.condition_expression("attribute_not_exists(pk)"),
            Some(seen) => update
                .condition_expression("failures = :seen_failures AND last_attempt = :seen_last")
                .expression_attribute_values(":seen_failures", number(seen.failures))
                .expression_attribute_values(":seen_last", number(seen.last_ms)),
        };
        let update = update
            .build()
            .expect("BUG: table, key and expression are set");
        TransactWriteItem::builder().update(update).build()
    }
}

/// A digest, so that the table doesn't list addresses that nobody registered, nor where people are.
fn item_key(key: &AttemptKey) -> String {
    let mut whose = key.email.clone();
    if let Some(network) = &key.network {
        // No address contains a line break.
        whose.push('\n');
        whose.push_str(&network.to_string());
    }
    let digest = digest::digest(&digest::SHA256, whose.as_bytes());
    digest
        .as_ref()
        .iter()
        .fold("attempts#".to_owned(), |mut key, byte| {
            write!(key, "{byte:02x}").expect("BUG: a string takes everything");
            key
        })
}
