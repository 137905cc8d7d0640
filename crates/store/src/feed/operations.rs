//! What GraphQL subscriptions execute: `op#<digest>`, `op`, each once however many subscribe to it.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb::{Item, number};
use feed::{LiveOperation, Operation, OperationKey, Result};

use super::items::{key, read_number, read_text, unreadable};

const SK: &str = "op";
const PK_PREFIX: &str = "op#";

pub(super) fn operation_key(operation: OperationKey) -> Item {
    key(format!("{PK_PREFIX}{operation}"), SK)
}

pub(super) fn read_operation(item: &Item) -> Result<Operation> {
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
