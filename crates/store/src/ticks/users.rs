use app::Result;
use app::ticks::{DueConnection, OutboxEntries, Registration, TickStore};
use async_trait::async_trait;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use domain::{Tick, UserId};
use dynamodb::{Item, number, read_pages, send, text};
use feed::ConnectionId;
use futures_util::future::try_join_all;
use uuid::Uuid;

use super::DynamoTicks;
use crate::deletions::{deletion_of, deletion_pks_since};
use crate::fault::{fault, unreadable};
use crate::outbox::{clear_each, read_each};
use crate::shards::INDEX_SHARDS;

const USER_PK_PREFIX: &str = "user#";

#[async_trait]
impl TickStore for DynamoTicks {
    async fn roster(&self, since_ms: u64) -> Result<Vec<UserId>> {
        // Ids begin with the instant of registration and sort by it, so the newest are at the end.
        let first = format!("{USER_PK_PREFIX}{}", lowest_id(since_ms));
        let shards = (0..INDEX_SHARDS).map(|shard| {
            let query = self
                .query_users("roster")
                .key_condition_expression("roster_shard = :shard AND pk >= :first")
                .expression_attribute_values(":shard", number(shard))
                .expression_attribute_values(":first", text(first.clone()));
            read_all(query, user_id)
        });
        Ok(try_join_all(shards).await?.concat())
    }

    async fn deleted(&self, since_ms: u64) -> Result<Vec<UserId>> {
        let (first, last) = deletion_pks_since(since_ms);
        let shards = (0..INDEX_SHARDS).map(|shard| {
            let query = self
                .query_users("roster")
                .key_condition_expression("roster_shard = :shard AND pk BETWEEN :first AND :last")
                .expression_attribute_values(":shard", number(shard))
                .expression_attribute_values(":first", text(first.clone()))
                .expression_attribute_values(":last", text(last.clone()));
            read_all(query, deleted_user)
        });
        Ok(try_join_all(shards).await?.concat())
    }

    async fn outbox(&self) -> Result<OutboxEntries> {
        // Twice a second and more, day and night: one scan of an index that is empty as a rule costs a sixteenth of what
        // queries of its shards do.
        let items = self.users.scan_index("outbox").await.map_err(fault)?;
        let mut entries = OutboxEntries::default();
        for noticed in read_each(&items, noticed) {
            match noticed {
                Noticed::Registered(registration) => entries.registrations.push(registration),
                Noticed::Deleted(user_id) => entries.deleted.push(user_id),
            }
        }
        Ok(entries)
    }

    async fn clear_outbox(&self, users: &[UserId]) -> Result<()> {
        clear_each(users, |user_id| self.clear_one(user_id)).await
    }

    async fn take_over(&self, owner: &str) -> Result<Option<Tick>> {
        self.take_lease(owner).await
    }

    async fn is_owner(&self, owner: &str) -> Result<bool> {
        self.holds_lease(owner).await
    }

    async fn finish_tick(&self, owner: &str, tick: Tick) -> Result<bool> {
        self.finish_as_owner(owner, tick).await
    }

    async fn due_connections(&self, now_ms: u64) -> Result<Vec<DueConnection>> {
        self.due(now_ms).await
    }

    async fn postpone_connection(&self, connection: &ConnectionId, until_ms: u64) -> Result<()> {
        self.postpone(connection, until_ms).await
    }
}

impl DynamoTicks {
    fn query_users(&self, index: &str) -> QueryFluentBuilder {
        self.users.query().index_name(index)
    }

    async fn clear_one(&self, user_id: UserId) -> Result<()> {
        let pk = text(format!("{USER_PK_PREFIX}{user_id}"));
        let key = Item::from([("pk".to_owned(), pk)]);
        let update = self
            .users
            .update(key)
            .update_expression("REMOVE outbox_shard")
            // Never bring a deleted user back as an item of nothing but a key.
            .condition_expression("attribute_exists(pk)");
        send(update).await.map_err(fault)?;
        Ok(())
    }
}

/// Reads all that a query finds.
async fn read_all<T>(
    query: QueryFluentBuilder,
    read: fn(&Item) -> feed::Result<T>,
) -> Result<Vec<T>> {
    let items = read_pages(query).await.map_err(fault)?;
    Ok(read_each(&items, read))
}

fn user_id(item: &Item) -> feed::Result<UserId> {
    let pk = item.get("pk").and_then(|pk| pk.as_s().ok());
    let id = pk.and_then(|pk| pk.strip_prefix(USER_PK_PREFIX));
    id.and_then(|id| UserId::parse(id).ok())
        .ok_or_else(|| unreadable("reading a user", "pk"))
}

/// What an item of the outbox says.
enum Noticed {
    Registered(Registration),
    Deleted(UserId),
}

fn noticed(item: &Item) -> feed::Result<Noticed> {
    match deleted_user(item) {
        Ok(user_id) => Ok(Noticed::Deleted(user_id)),
        Err(_) => registration(item).map(Noticed::Registered),
    }
}

fn deleted_user(item: &Item) -> feed::Result<UserId> {
    let pk = item.get("pk").and_then(|pk| pk.as_s().ok());
    let deletion = pk.and_then(|pk| deletion_of(pk));
    deletion
        .map(|deletion| deletion.user_id)
        .ok_or_else(|| unreadable("reading a deletion", "pk"))
}

fn registration(item: &Item) -> feed::Result<Registration> {
    let name = item.get("name").and_then(|name| name.as_s().ok());
    let created_at = item.get("created_at").and_then(|at| at.as_n().ok());
    Ok(Registration {
        user_id: user_id(item)?,
        name: name
            .ok_or_else(|| unreadable("reading a registration", "name"))?
            .clone(),
        registered_at_ms: created_at
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| unreadable("reading a registration", "created_at"))?,
    })
}

/// Sorts before every id of a user who registered at this instant or later.
fn lowest_id(since_ms: u64) -> Uuid {
    Uuid::from_u128(u128::from(since_ms) << 80)
}
