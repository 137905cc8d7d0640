use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::builders::{
    ConditionCheckBuilder, DeleteBuilder, PutBuilder, UpdateBuilder,
};
use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Put, Update};
use backon::Retryable as _;

use crate::error::is_conflict;
use crate::retry::pauses;
use crate::{Item, Result};

/// A table and how to reach it.
#[derive(Debug, Clone)]
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// The table of this name.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self {
            client,
            name: name.into(),
        }
    }

    /// For requests that this crate has no method for.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// For requests that this crate has no method for.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One item, strongly consistent.
    ///
    /// # Errors
    /// If the request fails.
    pub async fn get(&self, key: Item) -> Result<Option<Item>> {
        let get = self.client.get_item().table_name(&self.name);
        let got = get.set_key(Some(key)).consistent_read(true).send().await?;
        Ok(got.item)
    }

    /// Writes an item over whatever is there.
    ///
    /// # Errors
    /// If the request fails.
    pub async fn put(&self, item: Item) -> Result<()> {
        let put = self.client.put_item().table_name(&self.name);
        put.set_item(Some(item)).send().await?;
        Ok(())
    }

    /// Deletes one item, if it is there; again while a transaction holds it.
    ///
    /// # Errors
    /// If the request fails.
    pub async fn delete(&self, key: Item) -> Result<()> {
        let delete = self.client.delete_item().table_name(&self.name);
        let delete = delete.set_key(Some(key));
        (|| delete.clone().send())
            .retry(pauses())
            .sleep(tokio::time::sleep)
            .when(is_conflict)
            .await?;
        Ok(())
    }

    /// A query of this table, for [`read_pages`] or one page.
    #[must_use]
    pub fn query(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&self.name)
    }

    /// All items of an index, page by page: of one that holds few, whatever the table does.
    ///
    /// # Errors
    /// If a request fails.
    pub async fn scan_index(&self, index: &str) -> Result<Vec<Item>> {
        let scan = self.client.scan().table_name(&self.name).index_name(index);
        Ok(scan.into_paginator().items().send().try_collect().await?)
    }

    /// The first items of an index, at most so many, in a single read.
    ///
    /// # Errors
    /// If the request fails.
    pub async fn scan_index_page(&self, index: &str, at_most: u16) -> Result<Vec<Item>> {
        let scan = self.client.scan().table_name(&self.name).index_name(index);
        let page = scan.limit(at_most.into()).send().await?;
        Ok(page.items.unwrap_or_default())
    }

    /// An update for [`crate::send`].
    #[must_use]
    pub fn update(&self, key: Item) -> UpdateItemFluentBuilder {
        let update = self.client.update_item().table_name(&self.name);
        update.set_key(Some(key))
    }

    /// A put within a transaction.
    #[must_use]
    pub fn putting(&self, item: Item) -> PutBuilder {
        Put::builder().table_name(&self.name).set_item(Some(item))
    }

    /// An update within a transaction.
    #[must_use]
    pub fn updating(&self, key: Item) -> UpdateBuilder {
        Update::builder().table_name(&self.name).set_key(Some(key))
    }

    /// A deletion within a transaction.
    #[must_use]
    pub fn deleting(&self, key: Item) -> DeleteBuilder {
        Delete::builder().table_name(&self.name).set_key(Some(key))
    }

    /// A check within a transaction.
    #[must_use]
    pub fn checking(&self, key: Item) -> ConditionCheckBuilder {
        let check = ConditionCheck::builder().table_name(&self.name);
        check.set_key(Some(key))
    }
}

/// All items that a query finds, page by page.
///
/// # Errors
/// If a request fails.
pub async fn read_pages(query: QueryFluentBuilder) -> Result<Vec<Item>> {
    Ok(query.into_paginator().items().send().try_collect().await?)
}
