use std::collections::HashSet;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::UserId;
use feed::Result;
use feed::session::FindUsers;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::fault::{ATTEMPTS, exhausted, fault, pause, unreadable};
use super::items::{Item, number, text};

/// The index of all users, and its shards.
const ROSTER: &str = "roster";
const ROSTER_SHARDS: u64 = 16;
/// Shards of the index that are read at the same time.
const READERS: usize = 8;
/// What one BatchGetItem takes.
const BATCH_GETS: usize = 100;
const USER_PK_PREFIX: &str = "user#";

/// Finds users in the table `UsersTable`.
#[derive(Clone)]
pub struct DynamoDirectory {
    client: Client,
    table: String,
}

impl DynamoDirectory {
    /// The users of this table.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            client,
            table: table.into(),
        }
    }

    /// Which of at most 100 partition keys exist. Strongly consistent: somebody who has just
    /// registered is there.
    async fn existing(&self, pks: HashSet<String>) -> Result<HashSet<String>> {
        let mut found = HashSet::new();
        let mut left: Vec<Item> = pks
            .into_iter()
            .map(|pk| Item::from([("pk".to_owned(), text(pk))]))
            .collect();
        for attempt in 1..=ATTEMPTS {
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(left))
                .projection_expression("pk")
                .consistent_read(true)
                .build()
                .map_err(|_| unreadable("keys"))?;
            let get = self
                .client
                .batch_get_item()
                .request_items(&self.table, wanted);
            let got = get.send().await.map_err(fault)?;
            let items = got.responses.and_then(|mut all| all.remove(&self.table));
            for item in items.unwrap_or_default() {
                found.insert(read_pk(&item)?.to_owned());
            }
            let unprocessed = got
                .unprocessed_keys
                .and_then(|mut all| all.remove(&self.table));
            left = unprocessed.map(|wanted| wanted.keys).unwrap_or_default();
            if left.is_empty() {
                return Ok(found);
            }
            pause(attempt).await;
        }
        Err(exhausted("part of a batch stayed unprocessed"))
    }

    /// Users of one shard of the index, at least `limit` of them if there are as many.
    async fn shard(&self, shard: u64, limit: usize) -> Result<Vec<UserId>> {
        let mut users = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
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
                users.push(id.ok_or_else(|| unreadable("a user's pk"))?);
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
        let mut unknown = Vec::new();
        for chunk in users.chunks(BATCH_GETS) {
            let existing = self.existing(chunk.iter().map(user_pk).collect()).await?;
            unknown.extend(
                chunk
                    .iter()
                    .filter(|user| !existing.contains(&user_pk(user))),
            );
        }
        Ok(unknown)
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
    let pk = item
        .get("pk")
        .and_then(|value: &AttributeValue| value.as_s().ok());
    pk.map(String::as_str).ok_or_else(|| unreadable("pk"))
}
