use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};

use crate::Stack;

/// The partition keys of all items in the feed's table.
///
/// # Errors
/// If the table can't be read.
pub async fn feed_items(stack: &Stack) -> Result<Vec<String>> {
    let status = stack.status().await?;
    let endpoint = status["endpoints"]["dynamodb"]
        .as_str()
        .context("the status names DynamoDB")?;
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "e2e"))
        .endpoint_url(endpoint)
        .build();
    let scan = Client::from_conf(config)
        .scan()
        .table_name("FeedTable")
        .consistent_read(true);
    let items = scan
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await?;
    let key = |item: std::collections::HashMap<String, _>| match item.get("pk") {
        Some(aws_sdk_dynamodb::types::AttributeValue::S(pk)) => Some(pk.clone()),
        _ => None,
    };
    Ok(items.into_iter().filter_map(key).collect())
}
