use std::collections::HashSet;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use domain::UserId;
use dynamodb::{IntoWrite as _, Item, Refused, number, send, text};
use feed::session::{
    Added, CONNECTION_TTL_SECS, Connection, ENDED_SECS, MAX_SUBSCRIPTIONS, Subscription,
    SubscriptionId, Watch,
};
use feed::{
    AudienceEntry, AudienceShard, ConnectionId, Operation, OperationKey, Result, Subscriptions,
    Versions,
};

use super::DynamoFeed;
use super::connections::connection_key;
use super::items::{entry_item, key, parts, read_subscription, shards_value, subscription_item};
use super::keys::{SUBSCRIPTION_SK_PREFIX, connection_pk, end_sk, subscription_sk};
use super::operations::{operation_key, read_operation};
use crate::fault::fault;

/// Where the writes whose conditions can fail stand in a transaction.
const CONNECTION: usize = 0;
const SUBSCRIPTION: usize = 1;

#[async_trait]
impl Subscriptions for DynamoFeed {
    async fn add_subscription(
        &self,
        connection: &Connection,
        subscription: &Subscription,
    ) -> Result<Added> {
        let mut writes = vec![
            self.count_subscription(&connection.id),
            self.table
                .putting(subscription_item(connection, subscription))
                .condition_expression("attribute_not_exists(pk)")
                .into_write(),
        ];
        let is_operation = subscription.operation.is_some() || subscription.watch == Watch::Nothing;
        if is_operation {
            writes.push(self.require_no_end(&connection.id, &subscription.id));
        }
        let refused = self.table.transact(writes).await.map_err(fault)?;
        Ok(refused.map_or(Added::Stored, |refused| refusal(&refused)))
    }

    async fn go_live(
        &self,
        connection: &Connection,
        user: UserId,
        subscription: &Subscription,
    ) -> Result<bool> {
        let parts = parts(&connection.id, user, &subscription.watch);
        let shards: Vec<_> = parts.iter().map(|part| part.shard).collect();
        let is_connected = self
            .table
            .checking(connection_key(&connection.id))
            .condition_expression("attribute_exists(pk)");
        let enter = self
            .table
            .updating(subscription_key(&connection.id, &subscription.id))
            .update_expression("SET live_from = :live_from, shards = :shards")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":live_from", number(subscription.live_from.get()))
            .expression_attribute_values(":shards", shards_value(&shards));
        // At most 66 writes: 64 shards, and these two. None of them is shared with other connections.
        let mut writes = vec![is_connected.into_write(), enter.into_write()];
        for part in &parts {
            let entry = entry_item(connection, subscription, part);
            writes.push(self.table.putting(entry).into_write());
        }
        if self.table.transact(writes).await.map_err(fault)?.is_some() {
            return Ok(false);
        }
        self.bump(shards).await?;
        Ok(true)
    }

    async fn remove_subscription(
        &self,
        connection: &ConnectionId,
        id: &SubscriptionId,
    ) -> Result<bool> {
        // It may go live while it is removed, once.
        for _ in 0..2 {
            let stored = self.table.get(subscription_key(connection, id)).await;
            let Some(item) = stored.map_err(fault)? else {
                return Ok(false);
            };
            self.remove_entries(connection, std::slice::from_ref(&item))
                .await?;
            // Last, so that an attempt that fails half-way can be made again.
            let delete = self.table.deleting(subscription_key(connection, id));
            let delete = match item.get("shards") {
                None => delete
                    .condition_expression("attribute_exists(pk) AND attribute_not_exists(shards)"),
                Some(_) => delete.condition_expression("attribute_exists(pk)"),
            };
            let writes = [self.uncount_subscription(connection), delete.into_write()];
            let refused = self.table.transact(writes).await.map_err(fault)?;
            if refused.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
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
        self.table.put(item).await.map_err(fault)
    }

    async fn clear_end(&self, connection: &ConnectionId, id: &SubscriptionId) -> Result<()> {
        let key = end_key(connection, id);
        self.table.delete(key).await.map_err(fault)
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
            .table
            .update(operation_key(operation.key))
            .update_expression("SET operation_text = :text, expires_at = :expires")
            .condition_expression("attribute_not_exists(pk) OR expires_at < :least")
            .expression_attribute_values(":text", text(&operation.text))
            .expression_attribute_values(":expires", number(now + 3 * CONNECTION_TTL_SECS))
            .expression_attribute_values(":least", number(now + CONNECTION_TTL_SECS));
        send(update).await.map(drop).map_err(fault)
    }

    async fn find_operations(&self, keys: &[OperationKey]) -> Result<Vec<Operation>> {
        let keys: HashSet<_> = keys.iter().copied().collect();
        let keys: Vec<_> = keys.into_iter().map(operation_key).collect();
        let items = self.table.get_all(&keys, None).await.map_err(fault)?;
        items.iter().map(read_operation).collect()
    }

    async fn versions(&self, shards: &[AudienceShard]) -> Result<Versions> {
        self.read_versions(shards).await
    }

    async fn audience(&self, shard: AudienceShard) -> Result<Vec<AudienceEntry>> {
        self.read_audience(shard).await
    }
}

fn subscription_key(connection: &ConnectionId, id: &SubscriptionId) -> Item {
    key(connection_pk(connection), subscription_sk(id))
}

fn end_key(connection: &ConnectionId, id: &SubscriptionId) -> Item {
    key(connection_pk(connection), end_sk(id))
}

/// Which condition of [`Subscriptions::add_subscription`] failed.
fn refusal(refused: &Refused) -> Added {
    match refused.by(CONNECTION) {
        Some(connection) if connection.is_empty() => Added::NoConnection,
        Some(_) => Added::TooMany,
        None if refused.by(SUBSCRIPTION).is_some() => Added::Duplicate,
        // No other write has a condition.
        None => Added::Ended,
    }
}

impl DynamoFeed {
    /// That the client has not ended this before it came. DynamoDB deletes what has expired in its own time, so that is
    /// looked at, too.
    fn require_no_end(&self, connection: &ConnectionId, id: &SubscriptionId) -> TransactWriteItem {
        self.table
            .checking(end_key(connection, id))
            .condition_expression("attribute_not_exists(pk) OR expires_at < :now")
            .expression_attribute_values(":now", number(self.clock.now_ms() / 1000))
            .into_write()
    }

    /// One more subscription, if the connection is there and has room for it.
    fn count_subscription(&self, connection: &ConnectionId) -> TransactWriteItem {
        self.table
            .updating(connection_key(connection))
            .update_expression("ADD subscriptions :one")
            .condition_expression("attribute_exists(pk) AND subscriptions < :most")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(MAX_SUBSCRIPTIONS))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .into_write()
    }

    fn uncount_subscription(&self, connection: &ConnectionId) -> TransactWriteItem {
        self.table
            .updating(connection_key(connection))
            .update_expression("SET subscriptions = subscriptions - :one")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":one", number(1))
            .into_write()
    }
}
