//! How far prices have come, in two items: one that those who publish write, one that those who send write.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Tick;
use dynamodb::{Item, read, write};
use feed::{DeliveryProgress, PartitionPosition, PublishedTick, Result, TrackDelivery};
use serde::{Deserialize, Serialize};

use super::DynamoFeed;
use super::items::{key, read_text};
use crate::fault::fault;

const PROGRESS_PK: &str = "progress";
const PUBLISHED_SK: &str = "published";
const DELIVERED_SK: &str = "delivered";
/// So many of the newest ticks are kept: clients resume from a tick that is known to be complete, as long as no partition is
/// further behind.
const KEPT_TICKS: u64 = 8;

/// Of a partition; short names, as there may be hundreds of them.
#[derive(Serialize, Deserialize)]
struct StoredPosition {
    p: i32,
    offset: i64,
    tick: u64,
}

#[derive(Serialize, Deserialize)]
struct StoredTick {
    tick: u64,
    ends: Vec<StoredPosition>,
    complete: bool,
}

#[async_trait]
impl TrackDelivery for DynamoFeed {
    async fn record_published(&self, published: &PublishedTick) -> Result<()> {
        let slot = format!("t{}", published.tick.get() % KEPT_TICKS);
        let stored = StoredTick {
            tick: published.tick.get(),
            ends: published.ends.iter().map(Into::into).collect(),
            complete: published.is_complete,
        };
        self.set(PUBLISHED_SK, HashMap::from([(slot, write(&stored))]))
            .await
    }

    async fn record_delivered(&self, delivered: &[PartitionPosition]) -> Result<()> {
        let attribute = |position: &PartitionPosition| {
            let name = format!("p{}", position.partition);
            (name, write(&StoredPosition::from(position)))
        };
        let attributes: HashMap<_, _> = delivered.iter().map(attribute).collect();
        if attributes.is_empty() {
            return Ok(());
        }
        self.set(DELIVERED_SK, attributes).await
    }

    async fn progress(&self) -> Result<DeliveryProgress> {
        let mut progress = DeliveryProgress::default();
        for item in self.query(PROGRESS_PK.to_owned(), None).await? {
            let is_published = read_text(&item, "sk")? == PUBLISHED_SK;
            for (name, value) in item {
                let AttributeValue::M(attributes) = value else {
                    continue; // The key.
                };
                if is_published {
                    progress.published.push(read_tick(attributes)?);
                } else if name.starts_with('p') {
                    progress.delivered.push(read_position(attributes)?);
                }
            }
        }
        Ok(progress)
    }
}

impl DynamoFeed {
    async fn set(&self, sk: &str, attributes: HashMap<String, Item>) -> Result<()> {
        let mut update = self.table.update(key(PROGRESS_PK.to_owned(), sk));
        let mut assignments = Vec::new();
        for (name, value) in attributes {
            assignments.push(format!("{name} = :{name}"));
            update =
                update.expression_attribute_values(format!(":{name}"), AttributeValue::M(value));
        }
        update
            .update_expression(format!("SET {}", assignments.join(", ")))
            .send()
            .await
            .map_err(fault)?;
        Ok(())
    }
}

fn read_tick(item: Item) -> Result<PublishedTick> {
    let stored: StoredTick = read("reading how far prices have come", item).map_err(fault)?;
    Ok(PublishedTick {
        tick: Tick(stored.tick),
        ends: stored.ends.into_iter().map(Into::into).collect(),
        is_complete: stored.complete,
    })
}

fn read_position(item: Item) -> Result<PartitionPosition> {
    let stored: StoredPosition = read("reading how far prices have come", item).map_err(fault)?;
    Ok(stored.into())
}

impl From<&PartitionPosition> for StoredPosition {
    fn from(position: &PartitionPosition) -> Self {
        Self {
            p: position.partition,
            offset: position.next_offset,
            tick: position.tick.get(),
        }
    }
}

impl From<StoredPosition> for PartitionPosition {
    fn from(stored: StoredPosition) -> Self {
        Self {
            partition: stored.p,
            next_offset: stored.offset,
            tick: Tick(stored.tick),
        }
    }
}
