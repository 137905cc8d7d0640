use app::Result;
use app::ticks::{DueAction, DueConnection};
use dynamodb::{Item, number, send, text};
use feed::ConnectionId;
use futures_util::future::try_join_all;

use super::DynamoTicks;
use crate::fault::{fault, unreadable};
use crate::feed::{
    CONNECTION_SK, DUE_SHARDS, connection_key, connection_of, connection_pk, read_known_connection,
    read_number,
};

/// The most due connections of one shard that are dealt with at a time; the rest follow a second later.
const SWEPT_AT_A_TIME: i32 = 100;

impl DynamoTicks {
    pub(super) async fn due(&self, now_ms: u64) -> Result<Vec<DueConnection>> {
        let shards = (0..DUE_SHARDS).map(|shard| self.due_in_shard(shard.into(), now_ms));
        let found = try_join_all(shards).await?.concat();
        let confirmed = found.into_iter().map(|id| self.confirm(id, now_ms));
        let confirmed = try_join_all(confirmed).await?;
        Ok(confirmed.into_iter().flatten().collect())
    }

    pub(super) async fn postpone(&self, connection: &ConnectionId, until_ms: u64) -> Result<()> {
        let update = self
            .feed
            .update(connection_key(connection))
            .update_expression("SET due_at = :until")
            .condition_expression("attribute_exists(due_at)")
            .expression_attribute_values(":until", number(until_ms));
        // One that has closed meanwhile is not due any more.
        send(update).await.map_err(fault)?;
        Ok(())
    }
}

impl DynamoTicks {
    async fn due_in_shard(&self, shard: u64, now_ms: u64) -> Result<Vec<ConnectionId>> {
        let page = self
            .feed
            .query()
            .index_name("due")
            .key_condition_expression("due_shard = :shard AND due_at <= :now")
            .expression_attribute_values(":shard", number(shard))
            .expression_attribute_values(":now", number(now_ms))
            .limit(SWEPT_AT_A_TIME)
            .send()
            .await
            .map_err(fault)?;
        page.items()
            .iter()
            .map(connection_id)
            .map(|id| Ok(id?))
            .collect()
    }

    /// The index lags behind: somebody who authenticated a moment ago may still be in it.
    pub(super) async fn confirm(
        &self,
        id: ConnectionId,
        now_ms: u64,
    ) -> Result<Option<DueConnection>> {
        let output = self
            .feed
            .query()
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk = :conn")
            .expression_attribute_values(":pk", text(connection_pk(&id)))
            .expression_attribute_values(":conn", text(CONNECTION_SK))
            .send()
            .await
            .map_err(fault)?;
        let item = output.items.unwrap_or_default().pop();
        let Some(item) = item.filter(|item| item.contains_key("due_at")) else {
            return Ok(None);
        };
        if read_number(&item, "due_at")? > now_ms {
            return Ok(None);
        }
        let action = if item.contains_key("is_initialised") {
            DueAction::Ping
        } else {
            DueAction::Close
        };
        let connection = read_known_connection(item)?;
        Ok(Some(DueConnection { connection, action }))
    }
}

fn connection_id(item: &Item) -> feed::Result<ConnectionId> {
    let pk = item.get("pk").and_then(|pk| pk.as_s().ok());
    pk.and_then(|pk| connection_of(pk))
        .ok_or_else(|| unreadable("reading due connections", "pk"))
}
