use std::fmt::Write as _;

use app::Result;
use app::users::{AttemptKey, Attempts, LoginAttempts, RecordedAttempt};
use async_trait::async_trait;
use aws_lc_rs::digest;
use aws_sdk_dynamodb::types::TransactWriteItem;
use dynamodb::{IntoWrite as _, Item, number, read};

use super::DynamoUserStore;
use super::items::{AttemptsItem, key};
use crate::fault::fault;

#[async_trait]
impl LoginAttempts for DynamoUserStore {
    async fn attempts(&self, whose: &AttemptKey) -> Result<Option<Attempts>> {
        let Some(item) = self.table.get(key_of(whose)).await.map_err(fault)? else {
            return Ok(None);
        };
        let item: AttemptsItem = read("reading failed logins", item).map_err(fault)?;
        Ok(Some(item.into()))
    }

    async fn record_attempts(&self, changes: &[RecordedAttempt]) -> Result<bool> {
        let writes = changes.iter().map(|change| self.update(change));
        let refused = self.table.transact(writes).await.map_err(fault)?;
        Ok(refused.is_none())
    }
}

impl DynamoUserStore {
    fn update(&self, change: &RecordedAttempt) -> TransactWriteItem {
        let update = self
            .table
            .updating(key_of(&change.key))
            .update_expression(
                "SET failures = :failures, window_began = :window, last_attempt = :last, \
                 known_until = :known, expires_at = :expires",
            )
            .expression_attribute_values(":failures", number(change.new.failures))
            .expression_attribute_values(":window", number(change.new.window_ms))
            .expression_attribute_values(":last", number(change.new.last_ms))
            .expression_attribute_values(":known", number(change.new.known_until_ms))
            .expression_attribute_values(":expires", number(change.expires_at));
        match &change.seen {
            None => update.condition_expression("attribute_not_exists(pk)"),
            Some(seen) => update
                .condition_expression("failures = :seen_failures AND last_attempt = :seen_last")
                .expression_attribute_values(":seen_failures", number(seen.failures))
                .expression_attribute_values(":seen_last", number(seen.last_ms)),
        }
        .into_write()
    }
}

/// A digest, so that the table doesn't list addresses that nobody registered, nor where people are.
fn key_of(attempt: &AttemptKey) -> Item {
    let mut whose = attempt.email.clone();
    if let Some(network) = &attempt.network {
        // No address contains a line break.
        whose.push('\n');
        whose.push_str(&network.to_string());
    }
    let digest = digest::digest(&digest::SHA256, whose.as_bytes());
    let mut pk = "attempts#".to_owned();
    for byte in digest.as_ref() {
        write!(pk, "{byte:02x}").expect("BUG: a string takes everything");
    }
    key(pk)
}
