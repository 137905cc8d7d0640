use app::snapshots::Stored;
use app::{Error, Result};
use aws_sdk_dynamodb::types::Put;
use domain::SavedSnapshot;
use domain::{Statistics, UserId};

use super::DynamoSnapshots;
use super::items::{self, number, saved_sk, text};
use crate::cancelled::Cancelled;
use crate::fault::{ATTEMPTS, exhausted, pause};

impl DynamoSnapshots {
    pub(super) async fn save_with_statistics(
        &self,
        saved: &SavedSnapshot,
        seen: Option<&Statistics>,
        new: &Statistics,
    ) -> Result<Stored> {
        let user = saved.snapshot.user_id;
        let writes = [
            self.new_snapshot(saved),
            self.put_statistics(user, seen, new),
        ];
        for attempt in 1..=ATTEMPTS {
            match self.transact(&writes).await? {
                None => return Ok(Stored::Done),
                Some(Cancelled::ConditionFailed { item: 0 }) => return self.stored(saved).await,
                Some(Cancelled::ConditionFailed { .. }) => return Ok(Stored::Overtaken),
                Some(Cancelled::Conflict) => pause(attempt).await,
            }
        }
        Err(exhausted("other transactions hold a user's statistics").into())
    }
}

impl DynamoSnapshots {
    fn new_snapshot(&self, saved: &SavedSnapshot) -> Put {
        Put::builder()
            .table_name(&self.table)
            .set_item(Some(items::saved(saved).0))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .expect("BUG: table and item are set")
    }

    fn put_statistics(&self, user: UserId, seen: Option<&Statistics>, new: &Statistics) -> Put {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(items::statistics(user, new).0));
        let put = match seen {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(seen) => put
                .condition_expression("snapshots = :seen AND last_id = :last")
                .expression_attribute_values(":seen", number(seen.count))
                .expression_attribute_values(":last", text(seen.last.id.to_string())),
        };
        put.build().expect("BUG: table and item are set")
    }

    /// Since when a snapshot is stored that turned out to be.
    async fn stored(&self, saved: &SavedSnapshot) -> Result<Stored> {
        let snapshot = saved.snapshot;
        let item = self.item(snapshot.user_id, saved_sk(snapshot.id)).await?;
        let item = item.ok_or_else(|| Error::Internal {
            what: "reading a stored snapshot",
            source: "it is gone".into(),
        })?;
        Ok(Stored::Already(item.number("saved_at")?))
    }
}
