use app::Result;
use app::users::EraseUser;
use async_trait::async_trait;
use domain::UserId;
use dynamodb::text;

use super::DynamoSnapshots;
use super::items::user_pk;
use crate::fault::fault;

#[async_trait]
impl EraseUser for DynamoSnapshots {
    /// Deletes page by page, so that any number fits into memory and what is done stays done.
    async fn erase_user(&self, id: UserId) -> Result<()> {
        let mut pages = self
            .table
            .query()
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .projection_expression("pk, sk")
            .expression_attribute_values(":pk", text(user_pk(id)))
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let keys = page.map_err(fault)?.items.unwrap_or_default();
            self.table.delete_all(keys).await.map_err(fault)?;
        }
        Ok(())
    }
}
