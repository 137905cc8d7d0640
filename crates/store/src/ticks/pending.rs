use std::collections::HashMap;

use app::Result;
use app::feed::{ConnectionId, KnownConnection};
use app::ticks::SweepPending;
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;

use super::{DynamoTicks, number, text};
use crate::fault::{fault, unreadable};
use crate::feed::{PENDING_SHARDS, connection_of, connection_pk, read_protocol};

/// The most connections of one shard that are swept at a time; the rest follow a second later.
const SWEPT_AT_A_TIME: i32 = 100;

#[async_trait]
impl SweepPending for DynamoTicks {
    async fn expired_pending(&self, now_ms: u64) -> Result<Vec<KnownConnection>> {
        let shards = (0..PENDING_SHARDS).map(|shard| self.expired_of_shard(shard.into(), now_ms));
        let expired = try_join_all(shards).await?.concat();
        let pending = expired.into_iter().map(|id| self.pending(id));
        let pending = try_join_all(pending).await?;
        Ok(pending.into_iter().flatten().collect())
    }
}

impl DynamoTicks {
    async fn expired_of_shard(&self, shard: u64, now_ms: u64) -> Result<Vec<ConnectionId>> {
        let page = self
            .client
            .query()
            .table_name(&self.feed_table)
            .index_name("pending")
            .key_condition_expression("pending_shard = :shard AND auth_deadline <= :now")
            .expression_attribute_values(":shard", number(shard))
            .expression_attribute_values(":now", number(now_ms))
            .limit(SWEPT_AT_A_TIME)
            .send()
            .await
            .map_err(fault)?;
        page.items().iter().map(connection_id).collect()
    }

    /// The index lags behind: somebody who authenticated a moment ago may still be in it.
    pub(super) async fn pending(&self, id: ConnectionId) -> Result<Option<KnownConnection>> {
        let output = self
            .client
            .query()
            .table_name(&self.feed_table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk = :conn")
            .expression_attribute_values(":pk", text(connection_pk(&id)))
            .expression_attribute_values(":conn", text("conn"))
            .send()
            .await
            .map_err(fault)?;
        let mut items = output.items().iter();
        match items.find(|item| item.contains_key("pending_shard")) {
            None => Ok(None),
            Some(item) => Ok(Some(KnownConnection {
                protocol: read_protocol(item)?,
                id,
            })),
        }
    }
}

fn connection_id(item: &HashMap<String, AttributeValue>) -> Result<ConnectionId> {
    let pk = item.get("pk").and_then(|pk| pk.as_s().ok());
    pk.and_then(|pk| connection_of(pk))
        .ok_or_else(|| unreadable("pk of a connection"))
}
