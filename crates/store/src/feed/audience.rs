use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb::{Item, number, read_pages, text};
use feed::{AudienceEntry, AudienceShard, ConnectionId, Result, Versions};
use futures_util::future::try_join_all;

use super::DynamoFeed;
use super::items::{key, read_entry, read_number, read_shards, read_subscription_id, unreadable};
use super::keys::{VERSION_SK, alerts_version_of, audience_pk, entry_sk, version_of};
use crate::fault::fault;

impl DynamoFeed {
    /// See [`feed::Subscriptions::versions`].
    pub(super) async fn read_versions(&self, shards: &[AudienceShard]) -> Result<Versions> {
        let groups: HashSet<String> = shards
            .iter()
            .filter_map(|shard| version_of(*shard))
            .map(|(pk, _)| pk)
            .collect();
        let keys: Vec<_> = groups.into_iter().map(|pk| key(pk, VERSION_SK)).collect();
        let mut items = HashMap::new();
        for item in self.table.get_all(&keys, None).await.map_err(fault)? {
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

    /// See [`feed::Subscriptions::audience`].
    pub(super) async fn read_audience(&self, shard: AudienceShard) -> Result<Vec<AudienceEntry>> {
        let now = self.clock.now_ms() / 1000;
        let mut entries = Vec::new();
        for item in self.query(audience_pk(shard), None).await? {
            if read_number(&item, "expires_at")? > now {
                entries.push(read_entry(shard, &item)?);
            }
        }
        Ok(entries)
    }

    /// Takes subscriptions (items of `connection`) out of the audience.
    pub(super) async fn remove_entries(
        &self,
        connection: &ConnectionId,
        subscriptions: &[Item],
    ) -> Result<()> {
        let mut keys = Vec::new();
        let mut shards = HashSet::new();
        for item in subscriptions {
            let id = read_subscription_id(item)?;
            for shard in read_shards(item)? {
                keys.push(key(audience_pk(shard), entry_sk(connection, id.as_str())));
                shards.insert(shard);
            }
        }
        self.table.delete_all(keys).await.map_err(fault)?;
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
            self.table
                .update(key(pk, VERSION_SK))
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
        let query = self
            .table
            .query()
            .consistent_read(true)
            .key_condition_expression(condition)
            .expression_attribute_values(":pk", text(pk));
        let query = match sk_prefix {
            None => query,
            Some(prefix) => query.expression_attribute_values(":sk", text(prefix)),
        };
        read_pages(query).await.map_err(fault)
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
