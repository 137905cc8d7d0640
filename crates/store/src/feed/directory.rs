use std::collections::HashSet;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use domain::UserId;
use dynamodb::{Item, Table, number, text};
use feed::Result;
use feed::session::FindUsers;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::fault::{fault, unreadable};

/// The index of all users, and its shards.
const ROSTER: &str = "roster";
const ROSTER_SHARDS: u64 = 16;
/// Shards of the index that are read at the same time.
const READERS: usize = 8;
const USER_PK_PREFIX: &str = "user#";

/// Finds users in the table `UsersTable`.
#[derive(Clone)]
pub struct DynamoDirectory {
    table: Table,
}

impl DynamoDirectory {
    /// The users of this table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            table: Table::new(client, table),
        }
    }

    /// Which of these users exist. Strongly consistent: somebody who has just registered is there.
    async fn existing(&self, users: &[UserId]) -> Result<HashSet<String>> {
        let pks: HashSet<String> = users.iter().map(user_pk).collect();
        let key = |pk| Item::from([("pk".to_owned(), text(pk))]);
        let keys: Vec<Item> = pks.into_iter().map(key).collect();
        let found = self.table.get_all(&keys, Some("pk")).await.map_err(fault)?;
        let pks = found.iter().map(|item| read_pk(item).map(str::to_owned));
        pks.collect()
    }

    /// Users of one shard of the index, at least `limit` of them if there are as many.
    async fn shard(&self, shard: u64, limit: usize) -> Result<Vec<UserId>> {
        let mut users = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let page = self
                .table
                .query()
                .index_name(ROSTER)
                .key_condition_expression("roster_shard = :shard AND begins_with(pk, :user)")
                .expression_attribute_values(":shard", number(shard))
                .expression_attribute_values(":user", text(USER_PK_PREFIX))
                .limit(i32::try_from(limit).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(fault)?;
            for item in page.items() {
                let id = read_pk(item)?.strip_prefix(USER_PK_PREFIX);
                let id = id.and_then(|id| UserId::parse(id).ok());
                users.push(id.ok_or_else(|| unreadable("reading the roster", "pk"))?);
            }
            start = page.last_evaluated_key;
            if start.is_none() || users.len() >= limit {
                return Ok(users);
            }
        }
    }
}

#[async_trait]
impl FindUsers for DynamoDirectory {
    async fn unknown_users(&self, users: &[UserId]) -> Result<Vec<UserId>> {
        let existing = self.existing(users).await?;
        let is_unknown = |user: &&UserId| !existing.contains(&user_pk(user));
        Ok(users.iter().filter(is_unknown).copied().collect())
    }

    async fn all_users(&self, limit: usize) -> Result<Option<Vec<UserId>>> {
        let one_too_many = limit.saturating_add(1);
        // A system with far too many users shows that in its first shard.
        let mut users = self.shard(0, one_too_many).await?;
        if users.len() <= limit {
            let mut shards = stream::iter(1..ROSTER_SHARDS)
                .map(|shard| self.shard(shard, one_too_many))
                .buffer_unordered(READERS);
            while let Some(shard) = shards.try_next().await? {
                users.extend(shard);
                if users.len() > limit {
                    break;
                }
            }
        }
        Ok((users.len() <= limit).then_some(users))
    }
}

fn user_pk(user: &UserId) -> String {
    format!("{USER_PK_PREFIX}{user}")
}

fn read_pk(item: &Item) -> Result<&str> {
    let pk = item.get("pk").and_then(|value| value.as_s().ok());
    pk.map(String::as_str)
        .ok_or_else(|| unreadable("reading the roster", "pk"))
}
