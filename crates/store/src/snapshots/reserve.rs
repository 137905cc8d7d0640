use app::Result;
use app::snapshots::IdempotencyKey;
use aws_sdk_dynamodb::types::Put;
use domain::Snapshot;

use super::DynamoSnapshots;
use super::items::{self, key_sk, now_secs, number};
use crate::cancelled::Cancelled;
use crate::fault::{ATTEMPTS, exhausted, fault, pause};

impl DynamoSnapshots {
    pub(super) async fn reserve(
        &self,
        snapshot: &Snapshot,
        key: Option<&IdempotencyKey>,
    ) -> Result<Snapshot> {
        let Some(key) = key else {
            let put = self
                .client
                .put_item()
                .table_name(&self.table)
                .set_item(Some(items::pending(snapshot).0));
            put.send().await.map_err(fault)?;
            return Ok(*snapshot);
        };
        let writes = self.keyed(snapshot, key);
        for attempt in 1..=ATTEMPTS {
            match self.transact(&writes).await? {
                None => return Ok(*snapshot),
                Some(Cancelled::ConditionFailed { .. }) => {
                    let sk = key_sk(key);
                    if let Some(earlier) = self.item(snapshot.user_id, sk).await? {
                        return earlier.snapshot(snapshot.user_id, "snapshot_id", "price_cents");
                    }
                }
                // The same request is under way a second time: the next try shows which was first.
                Some(Cancelled::Conflict) => {}
            }
            pause(attempt).await;
        }
        Err(exhausted("another transaction holds the idempotency key").into())
    }
}

impl DynamoSnapshots {
    /// The reservation under a key that nobody uses, or whose use has expired and is yet to be swept.
    fn keyed(&self, snapshot: &Snapshot, key: &IdempotencyKey) -> [Put; 2] {
        let keyed = Put::builder()
            .table_name(&self.table)
            .set_item(Some(items::keyed(snapshot, key).0))
            .condition_expression("attribute_not_exists(pk) OR expires_at <= :now")
            .expression_attribute_values(":now", number(now_secs(snapshot)))
            .build()
            .expect("BUG: table and item are set");
        let pending = Put::builder()
            .table_name(&self.table)
            .set_item(Some(items::pending(snapshot).0))
            .build()
            .expect("BUG: table and item are set");
        [keyed, pending]
    }
}
