//! Shareholders by the thousand: written to the table, because registering hashes a password each.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use domain::{Shard, UserId};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::Stack;

/// Requests of 25 items under way at once.
const CONCURRENCY: usize = 8;
/// What one `BatchWriteItem` takes:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>.
const BATCH: usize = 25;

/// A made-up user id; the same number gives the same id.
#[must_use]
pub fn user_id(registered_ms: u64, number: usize) -> UserId {
    let mut random = [0; 10];
    random[..8].copy_from_slice(
        &(number as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .to_le_bytes(),
    );
    UserId::generate(registered_ms, &random)
}

/// Writes that many shareholders, registered now, who are announced to nobody. They are called `Shareholder 1` and so on.
///
/// # Errors
/// If the table does not take them.
pub async fn seed(stack: &Stack, shareholders: usize) -> Result<Vec<UserId>> {
    let client = crate::dynamodb(stack).await?;
    let now_ms = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let users: Vec<_> = (0..shareholders)
        .map(|number| user_id(now_ms, number))
        .collect();
    let numbered: Vec<_> = users.iter().zip(1..).collect();
    stream::iter(numbered.chunks(BATCH))
        .map(|chunk| write(&client, chunk))
        .buffer_unordered(CONCURRENCY)
        .try_collect::<()>()
        .await?;
    Ok(users)
}

async fn write(client: &Client, users: &[(&UserId, usize)]) -> Result<()> {
    let requests = users.iter().map(|(user, number)| put(**user, *number));
    let requests: Vec<_> = requests.collect::<Result<_>>()?;
    let written = client
        .batch_write_item()
        .request_items("UsersTable", requests)
        .send()
        .await?;
    let left = written
        .unprocessed_items
        .context("the answer says what is left")?;
    ensure!(left.is_empty(), "the table did not take all items");
    Ok(())
}

fn put(user: UserId, number: usize) -> Result<WriteRequest> {
    let text = |value: String| AttributeValue::S(value);
    let name = format!("Shareholder {number}");
    let name_place = format!("{}#{user}", name.to_lowercase());
    let roster_shard = Shard::of(user).index() % 16;
    let request = PutRequest::builder()
        .item("pk", text(format!("user#{user}")))
        .item("id", text(user.to_string()))
        .item("name", text(name))
        .item("name_initial", text("s".to_owned()))
        .item("name_place", text(name_place))
        .item("email", text(format!("{user}@example.com")))
        .item(
            "created_at",
            AttributeValue::N(user.registered_at_ms().to_string()),
        )
        .item("roster_shard", AttributeValue::N(roster_shard.to_string()))
        .build()?;
    Ok(WriteRequest::builder().put_request(request).build())
}
