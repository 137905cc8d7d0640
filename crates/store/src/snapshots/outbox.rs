use app::Result;
use domain::Snapshot;
use dynamodb::{number, send};

use super::DynamoSnapshots;
use super::items::{forgotten_secs, key, pending_sk, pending_snapshot};
use crate::fault::fault;
use crate::outbox::{clear_each, read_each};

impl DynamoSnapshots {
    pub(super) async fn outbox(&self, at_most: u16) -> Result<Vec<Snapshot>> {
        // The index is empty as a rule: one scan costs a sixteenth of what queries of its shards do.
        let items = self.table.scan_index_page("outbox", at_most).await;
        let items = items.map_err(fault)?;
        Ok(read_each(&items, pending_snapshot))
    }

    pub(super) async fn clear_outbox(&self, snapshots: &[Snapshot]) -> Result<()> {
        clear_each(snapshots, |snapshot| self.clear_one(snapshot)).await
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
