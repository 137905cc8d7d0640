use app::Result;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use domain::SavedSnapshot;
use domain::{SnapshotId, UserId};

use super::DynamoSnapshots;
use super::items::{self, Item, SAVED_SK_PREFIX, saved_sk, text};
use crate::fault::fault;

impl DynamoSnapshots {
    pub(super) async fn page(
        &self,
        user: UserId,
        before: Option<SnapshotId>,
        at_most: u16,
    ) -> Result<Vec<SavedSnapshot>> {
        let query = self.page_query(user, before, at_most);
        let output = query.send().await.map_err(fault)?;
        let items = output.items.unwrap_or_default().into_iter();
        items.map(|item| Item(item).to_saved(user)).collect()
    }
}

impl DynamoSnapshots {
    /// Reads a page at once: a hundred items of some 150 bytes are far from the 1 MB that ends a query
    /// early.
    pub(super) fn page_query(
        &self,
        user: UserId,
        before: Option<SnapshotId>,
        at_most: u16,
    ) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", text(items::user_pk(user)))
            .expression_attribute_values(":prefix", text(SAVED_SK_PREFIX))
            .scan_index_forward(false)
            .set_exclusive_start_key(before.map(|id| items::key(user, saved_sk(id)).0))
            .limit(at_most.into())
            .consistent_read(true)
    }
}
