use app::Result;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use domain::{SavedSnapshot, SnapshotId, UserId};
use dynamodb::{read, text};

use super::DynamoSnapshots;
use super::items::{SAVED_SK_PREFIX, SavedItem, key, saved_sk, user_pk};
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
        let saved = items.map(|item| {
            let item: SavedItem = read("reading a saved snapshot", item).map_err(fault)?;
            item.to_saved(user)
        });
        saved.collect()
    }

    /// Reads a page at once: a hundred items of some 150 bytes are far from the 1 MB that ends a query
    /// early.
    pub(super) fn page_query(
        &self,
        user: UserId,
        before: Option<SnapshotId>,
        at_most: u16,
    ) -> QueryFluentBuilder {
        self.table
            .query()
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", text(user_pk(user)))
            .expression_attribute_values(":prefix", text(SAVED_SK_PREFIX))
            .scan_index_forward(false)
            .set_exclusive_start_key(before.map(|id| key(user, saved_sk(id))))
            .limit(at_most.into())
            .consistent_read(true)
    }
}
