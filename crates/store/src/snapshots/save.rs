use app::Result;
use app::snapshots::Stored;
use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use domain::SavedSnapshot;
use domain::{Statistics, UserId};
use dynamodb::{IntoWrite as _, number, read, text, write};

use super::DynamoSnapshots;
use super::items::{STATISTICS_SK, SavedItem, key, read_statistics, write_statistics};
use crate::fault::fault;

impl DynamoSnapshots {
    pub(super) async fn read_statistics(&self, user: UserId) -> Result<Option<Statistics>> {
        let item = self.table.get(key(user, STATISTICS_SK)).await;
        let item = item.map_err(fault)?;
        item.map(|item| read_statistics(user, item)).transpose()
    }

    pub(super) async fn save_with_statistics(
        &self,
        saved: &SavedSnapshot,
        seen: Option<&Statistics>,
        new: &Statistics,
    ) -> Result<Stored> {
        let user = saved.snapshot.user_id;
        let writes = [
            self.new_snapshot(saved),
            self.new_statistics(user, seen, new),
        ];
        let Some(refused) = self.table.transact(writes).await.map_err(fault)? else {
            return Ok(Stored::Done);
        };
        let Some(earlier) = refused.by(0) else {
            return Ok(Stored::Overtaken);
        };
        let earlier: SavedItem =
            read("reading a saved snapshot", earlier.clone()).map_err(fault)?;
        Ok(Stored::Already(earlier.saved_at))
    }

    fn new_snapshot(&self, saved: &SavedSnapshot) -> TransactWriteItem {
        self.table
            .putting(write(&SavedItem::of(saved)))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .into_write()
    }

    /// The new statistics, if they are still those that were seen.
    fn new_statistics(
        &self,
        user: UserId,
        seen: Option<&Statistics>,
        new: &Statistics,
    ) -> TransactWriteItem {
        let put = self.table.putting(write_statistics(user, new));
        match seen {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(seen) => put
                .condition_expression("snapshots = :seen AND last_id = :last")
                .expression_attribute_values(":seen", number(seen.count))
                .expression_attribute_values(":last", text(seen.last.id.to_string())),
        }
        .into_write()
    }
}
