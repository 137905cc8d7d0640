mod items;

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::UserId;
use dynamodb::{Item, Updated, number, read_pages, send, text};
use feed::session::{Authentication, Connection, NewConnection, PING_PERIOD_MS};
use feed::{Authenticated, ConnectionId, Connections, KnownConnection, Result};

use super::DynamoFeed;
use super::audience::item_key;
use super::items::key;
use super::keys::{CONNECTION_SK, SUBSCRIPTION_SK_PREFIX, connection_pk};
use crate::fault::fault;
use items::{connection_item, read_connection};

pub(crate) use items::read_known_connection;

/// The index of connections by the user who has authenticated.
const BY_USER: &str = "by_user";

#[async_trait]
impl Connections for DynamoFeed {
    async fn store_connection(&self, connection: &NewConnection) -> Result<()> {
        let item = connection_item(connection);
        self.table.put(item).await.map_err(fault)
    }

    async fn count_message(&self, connection: &ConnectionId) -> Result<Option<Connection>> {
        let update = self
            .update_connection(connection)
            .update_expression("ADD messages :one")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew);
        match send(update).await.map_err(fault)? {
            Updated::Done(item) => read_connection(connection, item).map(Some),
            Updated::Refused(_) => Ok(None),
        }
    }

    async fn start_window(&self, connection: &Connection) -> Result<()> {
        let update = self
            .update_connection(&connection.id)
            .update_expression("SET window_start = :start, window_base = :base")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":start", number(connection.window_start_ms))
            .expression_attribute_values(":base", number(connection.window_base));
        // A connection removed meanwhile has no window to start.
        send(update).await.map(drop).map_err(fault)
    }

    async fn authenticate(
        &self,
        connection: &ConnectionId,
        identity: Authenticated,
    ) -> Result<Authentication> {
        let update = self
            .update_connection(connection)
            .update_expression(
                "SET user_id = :user, token_expires_at = :expires, #role = :role \
                 REMOVE due_shard, due_at",
            )
            .condition_expression(
                "attribute_exists(pk) AND (attribute_not_exists(user_id) \
                 OR (user_id = :user AND token_expires_at < :expires))",
            )
            .expression_attribute_values(":expires", number(identity.expires_at));
        claim(update, identity).await
    }

    async fn initialise(
        &self,
        connection: &ConnectionId,
        identity: Authenticated,
    ) -> Result<Authentication> {
        let update = self
            .update_connection(connection)
            .update_expression(
                "SET user_id = :user, token_expires_at = :expires, #role = :role, is_initialised = :true, \
                 due_at = :ping",
            )
            .condition_expression(
                "attribute_exists(pk) AND attribute_not_exists(is_initialised) \
                 AND (attribute_not_exists(user_id) OR user_id = :user)",
            )
            .expression_attribute_values(":expires", number(identity.expires_at))
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .expression_attribute_values(":ping", number(self.clock.now_ms() + PING_PERIOD_MS));
        claim(update, identity).await
    }

    async fn connections_of(&self, user: UserId) -> Result<Vec<KnownConnection>> {
        let query = self
            .table
            .query()
            .index_name(BY_USER)
            .key_condition_expression("user_id = :user")
            .expression_attribute_values(":user", text(user.to_string()));
        let items = read_pages(query).await.map_err(fault)?;
        items.into_iter().map(read_known_connection).collect()
    }

    async fn remove_connection(&self, connection: &ConnectionId) -> Result<()> {
        // The connection goes first: without it no subscription can be added behind our back.
        let pk = connection_pk(connection);
        let connection_key = connection_key(connection);
        self.table.delete(connection_key).await.map_err(fault)?;
        let subscriptions = self.query(pk, Some(SUBSCRIPTION_SK_PREFIX)).await?;
        self.remove_entries(connection, &subscriptions).await?;
        // The subscriptions go last: until then a second attempt finds what is left to remove.
        let keys = subscriptions
            .iter()
            .map(item_key)
            .collect::<Result<Vec<_>>>()?;
        self.table.delete_all(keys).await.map_err(fault)
    }
}

/// Makes a connection a user's if the update's condition holds.
async fn claim(update: UpdateItemFluentBuilder, identity: Authenticated) -> Result<Authentication> {
    let update = update
        .expression_attribute_names("#role", "role")
        .expression_attribute_values(":user", text(identity.user_id.to_string()))
        .expression_attribute_values(":role", text(identity.role.as_str()))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    Ok(match send(update).await.map_err(fault)? {
        Updated::Done(_) => Authentication::Done,
        Updated::Refused(Some(_)) => Authentication::Already,
        Updated::Refused(None) => Authentication::NoConnection,
    })
}

impl DynamoFeed {
    fn update_connection(&self, connection: &ConnectionId) -> UpdateItemFluentBuilder {
        self.table.update(connection_key(connection))
    }
}

pub(crate) fn connection_key(connection: &ConnectionId) -> Item {
    key(connection_pk(connection), CONNECTION_SK)
}
