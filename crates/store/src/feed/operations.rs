//! What GraphQL subscriptions execute: `op#<digest>`, `op`, each once however many subscribe to it.

use std::collections::HashSet;

use async_trait::async_trait;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb::{Item, number, send, text};
use feed::Result;
use feed::session::CONNECTION_TTL_SECS;
use feed::{FindOperations, LiveOperation, Operation, OperationKey, StoreOperations};

use super::DynamoFeed;
use super::items::{key, read_number, read_text, unreadable};
use crate::fault::fault;

const SK: &str = "op";
const PK_PREFIX: &str = "op#";

#[async_trait]
impl StoreOperations for DynamoFeed {
    async fn store_operation(&self, operation: &Operation, now_ms: u64) -> Result<()> {
        let now = now_ms / 1000;
        // Longer than it need last, so that it is not written for everybody who subscribes.
        let update = self
            .table
            .update(operation_key(operation.key))
            .update_expression("SET operation_text = :text, expires_at = :expires")
            .condition_expression("attribute_not_exists(pk) OR expires_at < :least")
            .expression_attribute_values(":text", text(&operation.text))
            .expression_attribute_values(":expires", number(now + 3 * CONNECTION_TTL_SECS))
            .expression_attribute_values(":least", number(now + CONNECTION_TTL_SECS));
        send(update).await.map(drop).map_err(fault)
    }
}

#[async_trait]
impl FindOperations for DynamoFeed {
    async fn find_operations(&self, keys: &[OperationKey]) -> Result<Vec<Operation>> {
        let keys: HashSet<_> = keys.iter().copied().collect();
        let keys: Vec<_> = keys.into_iter().map(operation_key).collect();
        let items = self.table.get_all(&keys, None).await.map_err(fault)?;
        items.iter().map(read_operation).collect()
    }
}

fn operation_key(operation: OperationKey) -> Item {
    key(format!("{PK_PREFIX}{operation}"), SK)
}

fn read_operation(item: &Item) -> Result<Operation> {
    let digits = read_text(item, "pk")?.strip_prefix(PK_PREFIX);
    let key = digits.and_then(OperationKey::parse);
    Ok(Operation {
        key: key.ok_or_else(|| unreadable("pk"))?,
        text: read_text(item, "operation_text")?.to_owned(),
    })
}

/// Notes in a subscription, or in an entry of one, what it executes.
pub(super) fn put_operation(item: &mut Item, operation: Option<LiveOperation>) {
    if let Some(operation) = operation {
        let key = AttributeValue::B(Blob::new(operation.key.0));
        item.insert("operation".to_owned(), key);
        let expires_at = number(operation.expires_at);
        item.insert("token_expires_at".to_owned(), expires_at);
    }
}

/// What a subscription or an entry of one executes; `None` if it is the raw feed's.
pub(super) fn read_live_operation(item: &Item) -> Result<Option<LiveOperation>> {
    let Some(value) = item.get("operation") else {
        return Ok(None);
    };
    let bytes = value.as_b().ok().map(AsRef::as_ref);
    let key = bytes.and_then(|bytes| bytes.try_into().ok());
    Ok(Some(LiveOperation {
        key: OperationKey(key.ok_or_else(|| unreadable("operation"))?),
        expires_at: read_number(item, "token_expires_at")?,
    }))
}
