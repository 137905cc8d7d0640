//! Snapshots, in the table `SnapshotsTable`. All of a user's items share the pk `user#<id>`:
//!
//! | sk | what |
//! |---|---|
//! | `snap#<tick>#<id>` | a saved snapshot: `price_cents`, `saved_at`; the tick has twelve digits, so that ticks are in order |
//! | `stats` | the statistics of all of them, written in the same transaction |
//! | `pend#<id>` | a snapshot that was asked for: `price_cents`; expires after a week |
//! | `key#<key>` | the snapshot that was asked for with this idempotency key; expires after a day |

mod erase;
mod history;
mod items;
mod reserve;
mod save;
#[cfg(test)]
mod tests;

use app::Result;
use app::snapshots::{IdempotencyKey, SnapshotStatus, Snapshots, Stored};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::{SavedSnapshot, Snapshot, SnapshotId, Statistics, UserId};

use crate::cancelled::Cancelled;
use crate::fault::fault;
use items::{Item, STATISTICS_SK, key, pending_sk, saved_sk};

/// The snapshots' storage in DynamoDB.
#[derive(Debug, Clone)]
pub struct DynamoSnapshots {
    client: Client,
    table: String,
}

impl DynamoSnapshots {
    /// The storage in this table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
        }
    }

    /// One item of a user, strongly consistent: what was acknowledged is there.
    async fn item(&self, user: UserId, sk: String) -> Result<Option<Item>> {
        let get = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(user, sk).0))
            .consistent_read(true);
        let output = get.send().await.map_err(fault)?;
        Ok(output.item.map(Item))
    }

    /// Writes all or nothing. `Ok(Some(..))` says why nothing was.
    async fn transact(&self, writes: &[Put]) -> Result<Option<Cancelled>> {
        let writes = writes
            .iter()
            .map(|put| TransactWriteItem::builder().put(put.clone()).build());
        let transaction = self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes.collect()));
        match transaction.send().await {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error().and_then(Cancelled::of) {
                Some(cancelled) => Ok(Some(cancelled)),
                None => Err(fault(error).into()),
            },
        }
    }
}

#[async_trait]
impl Snapshots for DynamoSnapshots {
    async fn reserve_snapshot(
        &self,
        snapshot: &Snapshot,
        key: Option<&IdempotencyKey>,
    ) -> Result<Snapshot> {
        self.reserve(snapshot, key).await
    }

    async fn statistics(&self, user: UserId) -> Result<Option<Statistics>> {
        let item = self.item(user, STATISTICS_SK.to_owned()).await?;
        item.map(|item| item.to_statistics(user)).transpose()
    }

    async fn store_snapshot(
        &self,
        saved: &SavedSnapshot,
        seen: Option<&Statistics>,
        new: &Statistics,
    ) -> Result<Stored> {
        self.save_with_statistics(saved, seen, new).await
    }

    async fn saved_before(
        &self,
        user: UserId,
        before: Option<SnapshotId>,
        at_most: u16,
    ) -> Result<Vec<SavedSnapshot>> {
        self.page(user, before, at_most).await
    }

    async fn find_snapshot(&self, user: UserId, id: SnapshotId) -> Result<Option<SnapshotStatus>> {
        let status = |item: &Item, saved_at_ms| {
            Ok(SnapshotStatus {
                snapshot: Snapshot {
                    id,
                    user_id: user,
                    price: item.price("price_cents")?,
                },
                saved_at_ms,
            })
        };
        if let Some(item) = self.item(user, saved_sk(id)).await? {
            return status(&item, Some(item.number("saved_at")?)).map(Some);
        }
        let pending = self.item(user, pending_sk(id)).await?;
        pending.map(|item| status(&item, None)).transpose()
    }
}
