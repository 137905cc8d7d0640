use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use feed::{Audience, AudienceEntry, AudienceShard, ConnectionId, Result, Versions};
use futures_util::future::try_join_all;

use super::DynamoFeed;
use super::fault::{ATTEMPTS, exhausted, fault, is_conflict, pause, unreadable};
use super::items::{Item, key, number, read_entry, read_number, read_shards, text};
use super::keys::{VERSION_SK, alerts_version_of, audience_pk, entry_sk, version_of};
use crate::batch::delete_all;

#[async_trait]
impl Audience for DynamoFeed {
    async fn versions(&self, shards: &[AudienceShard]) -> Result<Versions> {
        let groups: HashSet<String> = shards
            .iter()
            .filter_map(|shard| version_of(*shard))
            .map(|(pk, _)| pk)
            .collect();
        let keys = groups.into_iter().map(|pk| key(pk, VERSION_SK)).collect();
        let mut items = HashMap::new();
        for item in self.batch_get(keys).await? {
            let pk = item.get("pk").and_then(|pk| pk.as_s().ok());
            items.insert(pk.ok_or_else(|| unreadable("pk"))?.clone(), item);
        }
        let version = |(pk, attribute): (String, String)| match items
            .get(&pk)
            .and_then(|item| item.get(&attribute))
        {
            None => Ok(0),
            Some(AttributeValue::N(digits)) => digits.parse().map_err(|_| unreadable("version")),
            Some(_) => Err(unreadable("version")),
        };
        let mut versions = Versions::default();
        for shard in shards {
            let of_shard = version_of(*shard).map(version).transpose()?;
            versions.shards.insert(*shard, of_shard.unwrap_or(0));
            if let AudienceShard::Users(shard) = *shard {
                let of_alerts = version(alerts_version_of(shard))?;
                if of_alerts > 0 {
                    versions.alerts.push((shard, of_alerts));
                }
            }
        }
        Ok(versions)
    }

    async fn audience(&self, shard: AudienceShard) -> Result<Vec<AudienceEntry>> {
        let now = self.clock.now_ms() / 1000;
        let mut entries = Vec::new();
        for item in self.query(audience_pk(shard), None).await? {
            if read_number(&item, "expires_at")? > now {
                entries.push(read_entry(shard, &item)?);
            }
        }
        Ok(entries)
    }
}

impl DynamoFeed {
    /// Takes subscriptions (items of `connection`) out of the audience.
    pub(super) async fn remove_entries(
        &self,
        connection: &ConnectionId,
        subscriptions: &[Item],
    ) -> Result<()> {
        let mut keys = Vec::new();
        let mut shards = HashSet::new();
        for item in subscriptions {
            let id = super::items::read_subscription_id(item)?;
            for shard in read_shards(item)? {
                keys.push(key(audience_pk(shard), entry_sk(connection, id.as_str())));
                shards.insert(shard);
            }
        }
        self.batch_delete(keys).await?;
        self.bump(shards).await
    }

    /// Changes the versions of shards. Comes after the change to the shard, never before.
    pub(super) async fn bump(&self, shards: impl IntoIterator<Item = AudienceShard>) -> Result<()> {
        let versions = shards.into_iter().filter_map(version_of).collect();
        self.bump_all(versions).await
    }

    /// Changes versions, each an attribute of an item.
    pub(super) async fn bump_all(&self, versions: Vec<(String, String)>) -> Result<()> {
        let mut groups: HashMap<String, Vec<String>> = HashMap::new();
        for (pk, attribute) in versions {
            groups.entry(pk).or_default().push(attribute);
        }
        try_join_all(groups.into_iter().map(|(pk, attributes)| async move {
            let additions: Vec<_> = attributes
                .iter()
                .map(|name| format!("{name} :one"))
                .collect();
            self.client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(key(pk, VERSION_SK)))
                .update_expression(format!("ADD {}", additions.join(", ")))
                .expression_attribute_values(":one", number(1))
                .send()
                .await
                .map_err(fault)
        }))
        .await?;
        Ok(())
    }

    /// All items under a partition key, strongly consistent.
    pub(super) async fn query(&self, pk: String, sk_prefix: Option<&str>) -> Result<Vec<Item>> {
        let condition = match sk_prefix {
            None => "pk = :pk",
            Some(_) => "pk = :pk AND begins_with(sk, :sk)",
        };
        let mut values = Item::from([(":pk".to_owned(), text(pk))]);
        values.extend(sk_prefix.map(|prefix| (":sk".to_owned(), text(prefix))));
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression(condition)
            .set_expression_attribute_values(Some(values))
            .into_paginator()
            .items()
            .send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            items.push(item.map_err(fault)?);
        }
        Ok(items)
    }

    /// Deletes one item, if it is there.
    pub(super) async fn delete(&self, key: Item) -> Result<()> {
        for attempt in 1..=ATTEMPTS {
            let delete = self
                .client
                .delete_item()
                .table_name(&self.table)
                .set_key(Some(key.clone()));
            match delete.send().await {
                Err(error) if is_conflict(&error) => pause(attempt).await,
                deleted => return deleted.map(drop).map_err(fault),
            }
        }
        Err(exhausted("an item stayed in conflict with transactions"))
    }

    /// Deletes items, those that are there.
    pub(super) async fn batch_delete(&self, keys: Vec<Item>) -> Result<()> {
        delete_all(&self.client, &self.table, keys).await
    }

    /// The items with these keys (at most 100), as far as they exist, strongly consistent.
    pub(super) async fn batch_get(&self, keys: Vec<Item>) -> Result<Vec<Item>> {
        let mut found = Vec::new();
        let mut left = keys;
        for attempt in 1..=ATTEMPTS {
            if left.is_empty() {
                return Ok(found);
            }
            if attempt > 1 {
                pause(attempt - 1).await;
            }
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(left))
                .consistent_read(true)
                .build();
            let wanted = wanted.map_err(|_| unreadable("keys"))?;
            let got = self
                .client
                .batch_get_item()
                .request_items(&self.table, wanted)
                .send()
                .await
                .map_err(fault)?;
            found.extend(
                got.responses
                    .and_then(|mut all| all.remove(&self.table))
                    .unwrap_or_default(),
            );
            let unprocessed = got
                .unprocessed_keys
                .and_then(|mut all| all.remove(&self.table));
            left = unprocessed.map(|wanted| wanted.keys).unwrap_or_default();
        }
        if left.is_empty() {
            Ok(found)
        } else {
            Err(exhausted("part of a batch stayed unprocessed"))
        }
    }
}

/// The key attributes of an item.
pub(super) fn item_key(item: &Item) -> Result<Item> {
    let attribute = |name: &'static str| {
        let value = item.get(name).ok_or_else(|| unreadable(name))?;
        Ok((name.to_owned(), value.clone()))
    };
    [attribute("pk"), attribute("sk")].into_iter().collect()
}
