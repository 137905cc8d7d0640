use std::collections::HashMap;

use app::Result;
use app::users::{NamePlace, NamePrefix, Profile};
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::UserId;
use futures_util::future::try_join_all;

use super::DynamoUserStore;
use super::items::{INDEX_SHARDS, Item, number, profile_key, text, unreadable};
use crate::fault::{ATTEMPTS, exhausted, fault, pause};

/// What one BatchGetItem takes.
const BATCH_GETS: usize = 100;
const USER_PK_PREFIX: &str = "user#";
/// Sort before and after every character of a name.
const BEFORE_ALL: char = '\u{1}';
const AFTER_ALL: char = char::MAX;
/// Sorts after the key of every user: ids are of hexadecimal digits and hyphens.
const LAST_USER_PK: &str = "user#g";

impl DynamoUserStore {
    /// Every shard of the index is asked for its first so many keys, at once: what is read is bounded by
    /// `at_most`, whatever the table holds.
    pub(super) async fn page_after(
        &self,
        after: Option<UserId>,
        at_most: u16,
    ) -> Result<Vec<UserId>> {
        let shards = (0..INDEX_SHARDS).map(|shard| self.shard_after(shard, after, at_most));
        let mut users = try_join_all(shards).await?.concat();
        users.sort_unstable();
        users.truncate(at_most.into());
        Ok(users)
    }

    /// One query of the names with the same initial.
    pub(super) async fn page_named(
        &self,
        prefix: &NamePrefix,
        after: Option<&NamePlace>,
        at_most: u16,
    ) -> Result<Vec<(NamePlace, UserId)>> {
        let initial: String = prefix.as_str().chars().take(1).collect();
        let first = after.map_or_else(
            || prefix.as_str().to_owned(),
            |after| format!("{}{BEFORE_ALL}", after.as_str()),
        );
        let last = format!("{}{AFTER_ALL}", prefix.as_str());
        // DynamoDB refuses a range that ends before it begins, which only a place that is made up can ask for.
        if first > last {
            return Ok(Vec::new());
        }
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by_name")
            .key_condition_expression(
                "name_initial = :initial AND name_place BETWEEN :first AND :last",
            )
            .expression_attribute_values(":initial", text(initial))
            .expression_attribute_values(":first", text(first))
            .expression_attribute_values(":last", text(last))
            .limit(at_most.into());
        let page = query.send().await.map_err(fault)?;
        let found = page.items().iter().map(|item| {
            let place = item.get("name_place").and_then(|place| place.as_s().ok());
            let place = place.ok_or_else(|| unreadable("name_place", "is not a text"))?;
            Ok((NamePlace::from_text(place.clone()), user_id(item)?))
        });
        found.collect()
    }
}

impl DynamoUserStore {
    pub(super) async fn profiles(&self, ids: &[UserId]) -> Result<Vec<Profile>> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let mut profiles = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(BATCH_GETS) {
            for item in self.items(chunk).await? {
                profiles.push(item.to_profile()?);
            }
        }
        Ok(profiles)
    }
}

impl DynamoUserStore {
    /// The first users of a shard after this one, at most so many: a page of keys is far below 1 MB.
    async fn shard_after(
        &self,
        shard: u8,
        after: Option<UserId>,
        at_most: u16,
    ) -> Result<Vec<UserId>> {
        // Nothing comes right after an id with this suffix but what sorts after the id.
        let first = after.map_or_else(
            || USER_PK_PREFIX.to_owned(),
            |after| format!("{}~", profile_key(after)),
        );
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("roster")
            .key_condition_expression("roster_shard = :shard AND pk BETWEEN :first AND :last")
            .expression_attribute_values(":shard", number(shard))
            .expression_attribute_values(":first", text(first))
            .expression_attribute_values(":last", text(LAST_USER_PK))
            .limit(at_most.into());
        let page = query.send().await.map_err(fault)?;
        let ids = page.items().iter().map(user_id);
        ids.collect()
    }

    /// The profiles of at most 100 different users, read consistently.
    async fn items(&self, ids: &[UserId]) -> Result<Vec<Item>> {
        let key = |id: &UserId| [("pk".to_owned(), text(profile_key(*id)))].into();
        let mut left: Vec<_> = ids.iter().map(key).collect();
        let mut found = Vec::with_capacity(ids.len());
        for attempt in 1..=ATTEMPTS {
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(left))
                .consistent_read(true)
                .build()
                .expect("BUG: the keys are set");
            let get = self.client.batch_get_item();
            let get = get.request_items(&self.table, wanted);
            let got = get.send().await.map_err(fault)?;
            let items = got.responses.and_then(|mut all| all.remove(&self.table));
            found.extend(items.unwrap_or_default().into_iter().map(Item));
            let unprocessed = got.unprocessed_keys;
            let unprocessed = unprocessed.and_then(|mut all| all.remove(&self.table));
            left = unprocessed.map(|wanted| wanted.keys).unwrap_or_default();
            if left.is_empty() {
                return Ok(found);
            }
            pause(attempt).await;
        }
        Err(exhausted("part of a batch stayed unprocessed").into())
    }
}

fn user_id(item: &HashMap<String, AttributeValue>) -> Result<UserId> {
    let pk = item.get("pk").and_then(|pk| pk.as_s().ok());
    let id = pk.and_then(|pk| pk.strip_prefix(USER_PK_PREFIX));
    id.and_then(|id| UserId::parse(id).ok())
        .ok_or_else(|| unreadable("pk", "is not that of a user"))
}
