//! What GraphQL subscriptions execute: `op#<digest>`, `op`, each once however many subscribe to it.

use dynamodb::Item;
use feed::{Operation, OperationKey, Result};

use super::items::{key, read_text, unreadable};

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
