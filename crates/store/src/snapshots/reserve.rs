use app::Result;
use app::snapshots::IdempotencyKey;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::Snapshot;
use dynamodb::{IntoWrite as _, number, read, write};

use super::DynamoSnapshots;
use super::items::{KeyedItem, PendingItem, now_secs};
use crate::fault::fault;

impl DynamoSnapshots {
    pub(super) async fn reserve(
        &self,
        snapshot: &Snapshot,
        key: Option<&IdempotencyKey>,
    ) -> Result<Snapshot> {
        let pending = write(&PendingItem::of(snapshot));
        let Some(key) = key else {
            self.table.put(pending).await.map_err(fault)?;
            return Ok(*snapshot);
        };
        // A key that nobody uses, or whose use has expired and is yet to be swept.
        let keyed = self
            .table
            .putting(write(&KeyedItem::of(snapshot, key)))
            .condition_expression("attribute_not_exists(pk) OR expires_at <= :now")
            .expression_attribute_values(":now", number(now_secs(snapshot)))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let writes = [keyed.into_write(), self.table.putting(pending).into_write()];
        // Where the same request is under way a second time, the next attempt shows which was first.
        let refused = self.table.transact(writes).await.map_err(fault)?;
        match refused.and_then(|refused| refused.by(0).cloned()) {
            None => Ok(*snapshot),
            Some(earlier) => {
                let earlier: KeyedItem =
                    read("reading an idempotency key", earlier).map_err(fault)?;
                Ok(earlier.to_snapshot(snapshot.user_id))
            }
        }
    }
}
