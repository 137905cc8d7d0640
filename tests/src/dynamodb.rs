use std::collections::HashMap;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;

use crate::Stack;

/// A client of the stack's DynamoDB.
///
/// # Errors
/// If the status can't be read.
pub async fn dynamodb(stack: &Stack) -> Result<Client> {
    let endpoint = stack.dynamodb().await?;
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "e2e"))
        .endpoint_url(endpoint)
        .build();
    Ok(Client::from_conf(config))
}

/// The partition keys of all items in the feed's table.
///
/// # Errors
/// If the table can't be read.
pub async fn feed_items(stack: &Stack) -> Result<Vec<String>> {
    feed_keys(stack, "pk").await
}

/// The ids of all subscriptions that are stored.
///
/// # Errors
/// If the table can't be read.
pub async fn stored_subscriptions(stack: &Stack) -> Result<Vec<String>> {
    let keys = feed_keys(stack, "sk").await?;
    let id = |sk: &String| sk.strip_prefix("sub#").map(str::to_owned);
    Ok(keys.iter().filter_map(id).collect())
}

/// Has the connections of a user looked after at once, as if they had been idle for long.
///
/// # Errors
/// If there are none, or they can't be changed.
pub async fn age_connections(stack: &Stack, user: domain::UserId) -> Result<()> {
    let client = dynamodb(stack).await?;
    let found = client
        .query()
        .table_name(stack.table("FeedTable"))
        .index_name("by_user")
        .key_condition_expression("user_id = :user")
        .expression_attribute_values(":user", AttributeValue::S(user.to_string()))
        .send()
        .await?;
    anyhow::ensure!(!found.items().is_empty(), "{user} has no connection");
    for item in found.items() {
        let update = client
            .update_item()
            .table_name(stack.table("FeedTable"))
            .set_key(Some(HashMap::from([
                ("pk".to_owned(), item["pk"].clone()),
                ("sk".to_owned(), AttributeValue::S("conn".to_owned())),
            ])))
            .update_expression("SET due_at = :long_ago")
            .expression_attribute_values(":long_ago", AttributeValue::N("1".to_owned()));
        update.send().await?;
    }
    Ok(())
}

/// One half of the keys of all items in the feed's table.
async fn feed_keys(stack: &Stack, name: &str) -> Result<Vec<String>> {
    let scan = dynamodb(stack)
        .await?
        .scan()
        .table_name(stack.table("FeedTable"))
        .consistent_read(true);
    let items = scan
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await?;
    let key = |item: HashMap<String, AttributeValue>| item.get(name)?.as_s().ok().cloned();
    Ok(items.into_iter().filter_map(key).collect())
}

/// The items of a user in the snapshots' table whose sort key begins like this.
///
/// # Errors
/// If the table can't be read.
pub async fn snapshot_items(
    stack: &Stack,
    user: domain::UserId,
    prefix: &str,
) -> Result<Vec<HashMap<String, AttributeValue>>> {
    let query = dynamodb(stack)
        .await?
        .query()
        .table_name(stack.table("SnapshotsTable"))
        .consistent_read(true)
        .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
        .expression_attribute_values(":pk", AttributeValue::S(format!("user#{user}")))
        .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()));
    Ok(query
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await?)
}

/// The keys of all items in which this text stands, as `table pk sk`, sorted: of all tables but that of notifications,
/// which go by themselves. Binary values are not looked into.
///
/// # Errors
/// If a table can't be read.
pub async fn items_mentioning(stack: &Stack, text: &str) -> Result<Vec<String>> {
    let client = dynamodb(stack).await?;
    let mut found = Vec::new();
    for table in ["UsersTable", "FeedTable", "SnapshotsTable"] {
        let scan = client
            .scan()
            .table_name(stack.table(table))
            .consistent_read(true);
        let mut items = scan.into_paginator().items().send();
        while let Some(item) = items.next().await {
            let item = item?;
            if format!("{item:?}").contains(text) {
                let key = |name: &str| item.get(name).and_then(|key| key.as_s().ok());
                let (pk, sk) = (key("pk").context("pk is text")?, key("sk"));
                found.push(format!("{table} {pk} {}", sk.map_or("", String::as_str)));
            }
        }
    }
    found.sort();
    Ok(found)
}
