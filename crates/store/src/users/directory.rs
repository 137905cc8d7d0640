use app::Result;
use app::users::{NamePlace, NamePrefix, Profile};
use domain::UserId;
use dynamodb::{Item, number, text};
use futures_util::future::try_join_all;

use super::items::{key, profile_pk};
use super::{DynamoUserStore, read_profile};
use crate::fault::{fault, unreadable};
use crate::shards::INDEX_SHARDS;

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

    /// As [`Self::page_after`], in the order of names.
    pub(super) async fn page_by_name(
        &self,
        after: Option<&NamePlace>,
        at_most: u16,
    ) -> Result<Vec<(NamePlace, UserId)>> {
        let shards = (0..INDEX_SHARDS).map(|shard| self.shard_by_name(shard, after, at_most));
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
        let first = after.map_or_else(|| prefix.as_str().to_owned(), right_after);
        let last = format!("{}{AFTER_ALL}", prefix.as_str());
        // DynamoDB refuses a range that ends before it begins, which only a place that is made up can ask for.
        if first > last {
            return Ok(Vec::new());
        }
        let query = self
            .table
            .query()
            .index_name("by_name")
            .key_condition_expression(
                "name_initial = :initial AND name_place BETWEEN :first AND :last",
            )
            .expression_attribute_values(":initial", text(initial))
            .expression_attribute_values(":first", text(first))
            .expression_attribute_values(":last", text(last))
            .limit(at_most.into());
        let page = query.send().await.map_err(fault)?;
        page.items().iter().map(named_user).collect()
    }

    pub(super) async fn profiles(&self, ids: &[UserId]) -> Result<Vec<Profile>> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let keys: Vec<Item> = ids.iter().map(|id| key(profile_pk(*id))).collect();
        let items = self.table.get_all(&keys, None).await.map_err(fault)?;
        items.into_iter().map(read_profile).collect()
    }

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
            |after| format!("{}~", profile_pk(after)),
        );
        let query = self
            .table
            .query()
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

    /// The first names of a shard after this one, at most so many.
    async fn shard_by_name(
        &self,
        shard: u8,
        after: Option<&NamePlace>,
        at_most: u16,
    ) -> Result<Vec<(NamePlace, UserId)>> {
        let first = after.map_or_else(|| BEFORE_ALL.to_string(), right_after);
        let query = self
            .table
            .query()
            .index_name("roster_by_name")
            .key_condition_expression("roster_shard = :shard AND name_place >= :first")
            .expression_attribute_values(":shard", number(shard))
            .expression_attribute_values(":first", text(first))
            .limit(at_most.into());
        let page = query.send().await.map_err(fault)?;
        page.items().iter().map(named_user).collect()
    }
}

/// Sorts after a place, and before every other that does.
fn right_after(place: &NamePlace) -> String {
    format!("{}{BEFORE_ALL}", place.as_str())
}

fn named_user(item: &Item) -> Result<(NamePlace, UserId)> {
    let place = item.get("name_place").and_then(|place| place.as_s().ok());
    let place = place.ok_or_else(|| unreadable("reading the directory of users", "name_place"))?;
    Ok((NamePlace::from_text(place.clone()), user_id(item)?))
}

fn user_id(item: &Item) -> Result<UserId> {
    let pk = item.get("pk").and_then(|pk| pk.as_s().ok());
    let id = pk.and_then(|pk| pk.strip_prefix(USER_PK_PREFIX));
    id.and_then(|id| UserId::parse(id).ok())
        .ok_or_else(|| unreadable("reading the directory of users", "pk").into())
}
