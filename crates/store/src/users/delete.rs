use std::collections::HashMap;

use app::Result;
use app::users::{Deletion, Deletions, Profile, Users as _};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use futures_util::future::try_join_all;

use super::DynamoUserStore;
use super::items::{INDEX_SHARDS, Item, index_shard, login_key, number, profile_key, text};
use crate::cancelled::Cancelled;
use crate::deletions::{PREFIX, deletion_of, deletion_pk};
use crate::fault::{ATTEMPTS, exhausted, fault, is_conflict, pause};

/// How long a deletion is remembered: longer than any process lives that could have the user in memory, and
/// than Kafka keeps a record that could speak of them.
const REMEMBERED_SECS: u64 = 8 * 24 * 3600;

#[async_trait]
impl Deletions for DynamoUserStore {
    async fn delete_account(&self, deletion: &Deletion) -> Result<bool> {
        let Some(profile) = self.find_profile(deletion.user_id).await? else {
            return Ok(false);
        };
        let writes = self.deletion(deletion, &profile);
        for attempt in 1..=ATTEMPTS {
            match self.transact(&writes).await? {
                None => return Ok(true),
                // Somebody else has deleted the user since the profile was read.
                Some(Cancelled::ConditionFailed { .. }) => return Ok(false),
                Some(Cancelled::Conflict) => pause(attempt).await,
            }
        }
        Err(exhausted("another transaction holds the account").into())
    }

    async fn unfinished(&self) -> Result<Vec<Deletion>> {
        let shards = (0..INDEX_SHARDS).map(|shard| self.unfinished_of_shard(shard));
        Ok(try_join_all(shards).await?.concat())
    }

    async fn finish(&self, deletion: &Deletion) -> Result<()> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(deletion_pk(deletion)))
            .update_expression("REMOVE outbox_shard")
            // A deletion that has expired must not come back as an item of nothing but a key.
            .condition_expression("attribute_exists(pk)");
        for attempt in 1..=ATTEMPTS {
            match update.clone().send().await {
                Ok(_) => return Ok(()),
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
                {
                    return Ok(());
                }
                Err(error) if is_conflict(&error) => pause(attempt).await,
                Err(error) => return Err(fault(error).into()),
            }
        }
        Err(exhausted("another transaction holds the deletion").into())
    }
}

impl DynamoUserStore {
    /// Login and profile go, the deletion comes: in the index of the roster, where processes look that slept,
    /// and in the outbox until the erasure is finished.
    fn deletion(&self, deletion: &Deletion, profile: &Profile) -> [TransactWriteItem; 3] {
        let user_id = text(deletion.user_id.to_string());
        let login = Delete::builder()
            .table_name(&self.table)
            .key("pk", text(login_key(&profile.email)))
            .condition_expression("user_id = :user")
            .expression_attribute_values(":user", user_id)
            .build()
            .expect("BUG: table and key are set");
        let profile = Delete::builder()
            .table_name(&self.table)
            .key("pk", text(profile_key(deletion.user_id)))
            .condition_expression("attribute_exists(pk)")
            .build()
            .expect("BUG: table and key are set");
        let shard = number(index_shard(deletion.user_id));
        let expires_at = deletion.deleted_at_ms / 1000 + REMEMBERED_SECS;
        let item = Item(HashMap::from([
            ("pk".to_owned(), text(deletion_pk(deletion))),
            ("roster_shard".to_owned(), shard.clone()),
            ("outbox_shard".to_owned(), shard),
            ("expires_at".to_owned(), number(expires_at)),
        ]));
        let write = TransactWriteItem::builder;
        [
            write().delete(login).build(),
            write().delete(profile).build(),
            self.new_item(item),
        ]
    }

    async fn unfinished_of_shard(&self, shard: u8) -> Result<Vec<Deletion>> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("outbox")
            .key_condition_expression("outbox_shard = :shard AND begins_with(pk, :deleted)")
            .expression_attribute_values(":shard", number(shard))
            .expression_attribute_values(":deleted", text(PREFIX));
        let mut items = query.into_paginator().items().send();
        let mut deletions = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(fault)?;
            let pk = item.get("pk").and_then(|pk| pk.as_s().ok());
            match pk.and_then(|pk| deletion_of(pk)) {
                Some(deletion) => deletions.push(deletion),
                // One that can't be read must not keep others from being erased.
                None => tracing::error!(?pk, "a deletion can't be read and is passed over"),
            }
        }
        Ok(deletions)
    }
}
