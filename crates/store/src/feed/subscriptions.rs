use std::collections::HashSet;

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update,
};
use domain::UserId;
use feed::session::{
    Added, CONNECTION_TTL_SECS, Connection, ENDED_SECS, MAX_SUBSCRIPTIONS, Subscription,
    SubscriptionId, Watch,
};
use feed::{ConnectionId, Operation, OperationKey, Result, Subscriptions};

use super::DynamoFeed;
use super::connections::{connection_key, send};
use super::fault::{ATTEMPTS, exhausted, fault, pause, unreadable};
use super::items::{
    Item, entry_item, key, number, parts, read_subscription, subscription_item, text,
};
use super::keys::{SUBSCRIPTION_SK_PREFIX, connection_pk, end_sk, subscription_sk};
use super::operations::{operation_key, read_operation};

/// What one BatchGetItem takes.
const BATCH_GETS: usize = 100;
/// Where the writes whose conditions can fail stand in a transaction.
const CONNECTION: usize = 0;
const SUBSCRIPTION: usize = 1;
/// Of operations only.
const END: usize = 2;

#[async_trait]
impl Subscriptions for DynamoFeed {
    async fn add_subscription(
        &self,
        connection: &Connection,
        user: UserId,
        subscription: &Subscription,
    ) -> Result<Added> {
        let parts = parts(&connection.id, user, &subscription.watch);
        let mut writes = vec![
            self.count_subscription(&connection.id)?,
            self.put(subscription_item(connection, subscription, &parts), true)?,
        ];
        let is_operation = subscription.operation.is_some() || subscription.watch == Watch::Nothing;
        if is_operation {
            writes.push(self.require_no_end(&connection.id, &subscription.id)?);
        }
        for part in &parts {
            writes.push(self.put(entry_item(connection, subscription, part), false)?);
        }
        // At most 67 writes: 64 shards, and the three above. None of them is shared with other connections.
        if let Some(reasons) = self.transact(writes).await? {
            return refusal(&reasons, is_operation);
        }
        if let Err(error) = self.bump(parts.iter().map(|part| part.shard)).await {
            // Fan-outs that keep a shard may never see the entries: all or nothing.
            self.remove_subscription(&connection.id, &subscription.id)
                .await?;
            return Err(error);
        }
        Ok(Added::Stored)
    }

    async fn remove_subscription(
        &self,
        connection: &ConnectionId,
        id: &SubscriptionId,
    ) -> Result<bool> {
        let stored = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(subscription_key(connection, id)))
            .consistent_read(true)
            .send()
            .await
            .map_err(fault)?;
        let Some(item) = stored.item else {
            return Ok(false);
        };
        self.remove_entries(connection, std::slice::from_ref(&item))
            .await?;
        // Last, so that an attempt that fails half-way can be made again.
        let writes = vec![
            self.uncount_subscription(connection)?,
            self.delete_existing(connection, id)?,
        ];
        Ok(self.transact(writes).await?.is_none())
    }

    async fn note_end(
        &self,
        connection: &ConnectionId,
        id: &SubscriptionId,
        now_ms: u64,
    ) -> Result<()> {
        let mut item = end_key(connection, id);
        let until = number(now_ms / 1000 + ENDED_SECS);
        item.insert("expires_at".to_owned(), until);
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item));
        put.send().await.map(drop).map_err(fault)
    }

    async fn clear_end(&self, connection: &ConnectionId, id: &SubscriptionId) -> Result<()> {
        self.delete(end_key(connection, id)).await
    }

    async fn subscriptions(&self, connection: &ConnectionId) -> Result<Vec<Subscription>> {
        let items = self
            .query(connection_pk(connection), Some(SUBSCRIPTION_SK_PREFIX))
            .await?;
        items.iter().map(read_subscription).collect()
    }

    async fn store_operation(&self, operation: &Operation, now_ms: u64) -> Result<()> {
        let now = now_ms / 1000;
        // Longer than it need last, so that it is not written for everybody who subscribes.
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(operation_key(operation.key)))
            .update_expression("SET operation_text = :text, expires_at = :expires")
            .condition_expression("attribute_not_exists(pk) OR expires_at < :least")
            .expression_attribute_values(":text", text(&operation.text))
            .expression_attribute_values(":expires", number(now + 3 * CONNECTION_TTL_SECS))
            .expression_attribute_values(":least", number(now + CONNECTION_TTL_SECS));
        send(update).await.map(drop)
    }

    async fn find_operations(&self, keys: &[OperationKey]) -> Result<Vec<Operation>> {
        let keys: HashSet<_> = keys.iter().copied().collect();
        let keys: Vec<_> = keys.into_iter().map(operation_key).collect();
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(BATCH_GETS) {
            let items = self.batch_get(chunk.to_vec()).await?;
            for item in &items {
                found.push(read_operation(item)?);
            }
        }
        Ok(found)
    }
}

fn subscription_key(connection: &ConnectionId, id: &SubscriptionId) -> Item {
    key(connection_pk(connection), subscription_sk(id))
}

fn end_key(connection: &ConnectionId, id: &SubscriptionId) -> Item {
    key(connection_pk(connection), end_sk(id))
}

/// Which condition of [`Subscriptions::add_subscription`] failed.
fn refusal(reasons: &[CancellationReason], is_operation: bool) -> Result<Added> {
    let failed = |index: usize| {
        reasons
            .get(index)
            .filter(|reason| is_failed_condition(reason))
    };
    if let Some(reason) = failed(CONNECTION) {
        let exists = reason.item().is_some_and(|item| !item.is_empty());
        return Ok(if exists {
            Added::TooMany
        } else {
            Added::NoConnection
        });
    }
    match failed(SUBSCRIPTION) {
        Some(_) => Ok(Added::Duplicate),
        None if is_operation && failed(END).is_some() => Ok(Added::Ended),
        None => Err(unreadable("why a transaction was cancelled")),
    }
}

fn is_failed_condition(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

impl DynamoFeed {
    /// Writes all or nothing, again while another transaction is in the way. `None` if it is written, or
    /// why it is not if a condition failed.
    pub(super) async fn transact(
        &self,
        writes: Vec<TransactWriteItem>,
    ) -> Result<Option<Vec<CancellationReason>>> {
        for attempt in 1..=ATTEMPTS {
            let transaction = self
                .client
                .transact_write_items()
                .set_transact_items(Some(writes.clone()));
            let error = match transaction.send().await {
                Ok(_) => return Ok(None),
                Err(error) => error,
            };
            let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
                error.as_service_error()
            else {
                return Err(fault(error));
            };
            let reasons = cancelled.cancellation_reasons();
            if reasons.iter().any(is_failed_condition) {
                return Ok(Some(reasons.to_vec()));
            }
            if !reasons.iter().all(passes) {
                return Err(fault(error));
            }
            pause(attempt).await;
        }
        Err(exhausted(
            "items stayed in conflict with other transactions",
        ))
    }

    /// That the client has not ended this before it came. DynamoDB deletes what has expired in its own time, so that is
    /// looked at, too.
    fn require_no_end(
        &self,
        connection: &ConnectionId,
        id: &SubscriptionId,
    ) -> Result<TransactWriteItem> {
        let check = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(end_key(connection, id)))
            .condition_expression("attribute_not_exists(pk) OR expires_at < :now")
            .expression_attribute_values(":now", number(self.clock.now_ms() / 1000))
            .build();
        Ok(TransactWriteItem::builder()
            .condition_check(check.map_err(|_| unreadable("check"))?)
            .build())
    }

    fn put(&self, item: Item, only_new: bool) -> Result<TransactWriteItem> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .set_condition_expression(only_new.then(|| "attribute_not_exists(pk)".to_owned()))
            .build();
        Ok(TransactWriteItem::builder()
            .put(put.map_err(|_| unreadable("put"))?)
            .build())
    }

    /// One more subscription, if the connection is there and has room for it.
    fn count_subscription(&self, connection: &ConnectionId) -> Result<TransactWriteItem> {
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(connection_key(connection)))
            .update_expression("ADD subscriptions :one")
            .condition_expression("attribute_exists(pk) AND subscriptions < :most")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(MAX_SUBSCRIPTIONS))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build();
        Ok(TransactWriteItem::builder()
            .update(update.map_err(|_| unreadable("update"))?)
            .build())
    }

    fn uncount_subscription(&self, connection: &ConnectionId) -> Result<TransactWriteItem> {
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(connection_key(connection)))
            .update_expression("SET subscriptions = subscriptions - :one")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":one", number(1))
            .build();
        Ok(TransactWriteItem::builder()
            .update(update.map_err(|_| unreadable("update"))?)
            .build())
    }

    fn delete_existing(
        &self,
        connection: &ConnectionId,
        id: &SubscriptionId,
    ) -> Result<TransactWriteItem> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(subscription_key(connection, id)))
            .condition_expression("attribute_exists(pk)")
            .build();
        Ok(TransactWriteItem::builder()
            .delete(delete.map_err(|_| unreadable("delete"))?)
            .build())
    }
}

/// Whether a write was cancelled for a reason that passes, or only because others were.
fn passes(reason: &CancellationReason) -> bool {
    matches!(
        reason.code(),
        None | Some(
            "None" | "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"
        )
    )
}
