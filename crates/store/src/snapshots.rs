//! Snapshots, in the table `SnapshotsTable`. All of a user's items share the pk `user#<id>`:
//!
//! | sk | what |
//! |---|---|
//! | `snap#<tick>#<id>` | a saved snapshot: `price_cents`, `saved_at`; the tick has twelve digits, so that ticks are in order |
//! | `stats` | the statistics of all of them, written in the same transaction |
//! | `pend#<id>` | a snapshot that was asked for: `price_cents`; in the index `outbox` until it is published, expires after a week then |
//! | `key#<key>` | the snapshot that was asked for with this idempotency key; expires after a day |

mod erase;
mod history;
mod items;
mod outbox;
mod reserve;
mod save;
#[cfg(test)]
mod tests;

use app::Result;
use app::snapshots::{IdempotencyKey, SnapshotStatus, Snapshots, Stored};
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use domain::{SavedSnapshot, Snapshot, SnapshotId, Statistics, UserId};
use dynamodb::{Table, read};

use crate::fault::fault;
use items::{PriceItem, SavedItem, key, pending_sk, saved_sk};

/// The snapshots' storage in DynamoDB.
#[derive(Debug, Clone)]
pub struct DynamoSnapshots {
    table: Table,
}

impl DynamoSnapshots {
    /// The storage in this table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            table: Table::new(client, table),
        }
    }

    async fn find(&self, user: UserId, id: SnapshotId) -> Result<Option<SnapshotStatus>> {
        let saved = self.table.get(key(user, saved_sk(id))).await;
        if let Some(item) = saved.map_err(fault)? {
            let item: SavedItem = read("reading a saved snapshot", item).map_err(fault)?;
            let saved = item.to_saved(user)?;
            return Ok(Some(SnapshotStatus {
                snapshot: saved.snapshot,
                saved_at_ms: Some(saved.saved_at_ms),
            }));
        }
        let pending = self.table.get(key(user, pending_sk(id))).await;
        let Some(item) = pending.map_err(fault)? else {
            return Ok(None);
        };
        let item: PriceItem = read("reading a pending snapshot", item).map_err(fault)?;
        Ok(Some(SnapshotStatus {
            snapshot: Snapshot {
                id,
                user_id: user,
                price: item.price_cents,
            },
            saved_at_ms: None,
        }))
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

    async fn snapshot_outbox(&self, at_most: u16) -> Result<Vec<Snapshot>> {
        self.outbox(at_most).await
    }

    async fn clear_snapshot_outbox(&self, snapshots: &[Snapshot]) -> Result<()> {
        self.clear_outbox(snapshots).await
    }

    async fn statistics(&self, user: UserId) -> Result<Option<Statistics>> {
        self.read_statistics(user).await
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
        self.find(user, id).await
    }
}
