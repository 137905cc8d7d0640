use app::{Causes, Result};
use domain::Snapshot;
use dynamodb::{number, send};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tracing::error;

use super::DynamoSnapshots;
use super::items::{forgotten_secs, key, pending_sk, pending_snapshot};
use crate::fault::fault;

/// Snapshots that are taken off the outbox at the same time.
const CLEARING: usize = 16;

impl DynamoSnapshots {
    pub(super) async fn outbox(&self, at_most: u16) -> Result<Vec<Snapshot>> {
        // The index is empty as a rule: one scan costs a sixteenth of what queries of its shards do.
        let items = self.table.scan_index_page("outbox", at_most).await;
        let items = items.map_err(fault)?;
        // One that can't be read must not keep the others from being published.
        let read = items.iter().filter_map(|item| match pending_snapshot(item) {
            Ok(snapshot) => Some(snapshot),
            Err(error) => {
                let (pk, sk) = (item.get("pk"), item.get("sk"));
                error!(?pk, ?sk, error = %Causes(&error), "unreadable snapshot on the outbox skipped");
                None
            }
        });
        Ok(read.collect())
    }

    pub(super) async fn clear_outbox(&self, snapshots: &[Snapshot]) -> Result<()> {
        stream::iter(snapshots.to_vec())
            .map(|snapshot| self.clear_one(snapshot))
            .buffer_unordered(CLEARING)
            .try_collect()
            .await
    }

    async fn clear_one(&self, snapshot: Snapshot) -> Result<()> {
        let update = self
            .table
            .update(key(snapshot.user_id, pending_sk(snapshot.id)))
            .update_expression("SET expires_at = :forgotten REMOVE outbox_shard")
            // Never bring back what was erased with its user.
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":forgotten", number(forgotten_secs(&snapshot)));
        send(update).await.map_err(fault)?;
        Ok(())
    }
}
