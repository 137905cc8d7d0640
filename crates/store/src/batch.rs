//! Deleting many items.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};
use feed::Result;

use crate::fault::{ATTEMPTS, exhausted, fault, pause};

/// What one BatchWriteItem takes.
const BATCH_WRITES: usize = 25;

/// Deletes the items with these keys, those that are there.
pub(crate) async fn delete_all(
    client: &Client,
    table: &str,
    keys: impl IntoIterator<Item = HashMap<String, AttributeValue>>,
) -> Result<()> {
    let delete = |key| {
        let delete = DeleteRequest::builder().set_key(Some(key)).build();
        let delete = delete.expect("BUG: the key is set");
        WriteRequest::builder().delete_request(delete).build()
    };
    let deletes: Vec<WriteRequest> = keys.into_iter().map(delete).collect();
    for chunk in deletes.chunks(BATCH_WRITES) {
        write_all(client, table, chunk.to_vec()).await?;
    }
    Ok(())
}

async fn write_all(client: &Client, table: &str, mut left: Vec<WriteRequest>) -> Result<()> {
    for attempt in 1..=ATTEMPTS {
        let write = client.batch_write_item().request_items(table, left);
        let written = write.send().await.map_err(fault)?;
        let unprocessed = written
            .unprocessed_items
            .and_then(|mut all| all.remove(table));
        match unprocessed.filter(|requests| !requests.is_empty()) {
            None => return Ok(()),
            Some(requests) => left = requests,
        }
        pause(attempt).await;
    }
    Err(exhausted("part of a batch stayed unprocessed"))
}
