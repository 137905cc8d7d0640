use app::Result;
use app::users::{Deletion, Profile, Users as _};
use aws_sdk_dynamodb::types::TransactWriteItem;
use dynamodb::{IntoWrite as _, number, read_pages, send, text, write};
use futures_util::future::try_join_all;

use super::DynamoUserStore;
use super::items::{DeletionItem, key, login_pk, profile_pk};
use super::sessions::sessions_pk;
use crate::deletions::{PREFIX, deletion_of, deletion_pk};
use crate::fault::fault;
use crate::shards::{INDEX_SHARDS, index_shard};

/// How long a deletion is remembered: longer than any process lives that could have the user in memory, and
/// than Kafka keeps a record that could speak of them.
const REMEMBERED_SECS: u64 = 8 * 24 * 3600;

impl DynamoUserStore {
    pub(super) async fn delete(&self, deletion: &Deletion) -> Result<bool> {
        let Some(profile) = self.find_profile(deletion.user_id).await? else {
            return Ok(false);
        };
        let writes = self.deletion(deletion, &profile);
        // A condition fails where somebody else has deleted the user since the profile was read.
        let refused = self.table.transact(writes).await.map_err(fault)?;
        Ok(refused.is_none())
    }

    pub(super) async fn unfinished(&self) -> Result<Vec<Deletion>> {
        let shards = (0..INDEX_SHARDS).map(|shard| self.unfinished_of_shard(shard));
        Ok(try_join_all(shards).await?.concat())
    }

    pub(super) async fn finish(&self, deletion: &Deletion) -> Result<()> {
        let update = self
            .table
            .update(key(deletion_pk(deletion)))
            .update_expression("REMOVE outbox_shard")
            // A deletion that has expired must not come back as an item of nothing but a key.
            .condition_expression("attribute_exists(pk)");
        send(update).await.map_err(fault)?;
        Ok(())
    }

    /// Login, profile and sessions go, the deletion comes.
    fn deletion(&self, deletion: &Deletion, profile: &Profile) -> [TransactWriteItem; 4] {
        let login = self
            .table
            .deleting(key(login_pk(&profile.email)))
            .condition_expression("user_id = :user")
            .expression_attribute_values(":user", text(deletion.user_id.to_string()));
        let profile = self
            .table
            .deleting(key(profile_pk(deletion.user_id)))
            .condition_expression("attribute_exists(pk)");
        let sessions = self.table.deleting(key(sessions_pk(deletion.user_id)));
        let shard = index_shard(deletion.user_id);
        let item = DeletionItem {
            pk: deletion_pk(deletion),
            roster_shard: shard,
            outbox_shard: shard,
            expires_at: deletion.deleted_at_ms / 1000 + REMEMBERED_SECS,
        };
        [
            login.into_write(),
            profile.into_write(),
            sessions.into_write(),
            self.new_item(write(&item)),
        ]
    }

    async fn unfinished_of_shard(&self, shard: u8) -> Result<Vec<Deletion>> {
        let query = self
            .table
            .query()
            .index_name("outbox")
            .key_condition_expression("outbox_shard = :shard AND begins_with(pk, :deleted)")
            .expression_attribute_values(":shard", number(shard))
            .expression_attribute_values(":deleted", text(PREFIX));
        let mut deletions = Vec::new();
        for item in read_pages(query).await.map_err(fault)? {
            let pk = item.get("pk").and_then(|pk| pk.as_s().ok());
            match pk.and_then(|pk| deletion_of(pk)) {
                Some(deletion) => deletions.push(deletion),
                // One that can't be read must not keep others from being erased.
                None => tracing::error!(
                    ?pk,
                    "skipping a deletion whose key can't be read: that user is not erased"
                ),
            }
        }
        Ok(deletions)
    }
}
