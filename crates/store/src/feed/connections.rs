use async_trait::async_trait;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use dynamodb::{Item, Updated, number, send, text};
use feed::Authenticated;
use feed::ConnectionId;
use feed::Result;
use feed::session::{
    AUTH_TIMEOUT_MS, Authentication, Connection, HoldConnection, NewConnection, PING_PERIOD_MS,
    Protocol, StoreConnection,
};

use super::DynamoFeed;
use super::items::{expires_at, key, read_connection};
use super::keys::{CONNECTION_SK, DUE_SHARDS, connection_pk, spread};
use crate::fault::fault;

#[async_trait]
impl StoreConnection for DynamoFeed {
    async fn store_connection(&self, connection: &NewConnection) -> Result<()> {
        let at_ms = connection.connected_at_ms;
        let mut item = connection_key(&connection.id);
        let mut set = |name: &str, value| item.insert(name.to_owned(), value);
        set("connected_at", number(at_ms));
        set("messages", number(0));
        set("window_start", number(at_ms));
        set("window_base", number(0));
        set("subscriptions", number(0));
        set("expires_at", number(expires_at(at_ms)));
        if let Some(protocol) = connection.protocol {
            set("protocol", text(protocol.name()));
        }
        if let Some(identity) = connection.identity {
            set("user_id", text(identity.user_id.to_string()));
            set("token_expires_at", number(identity.expires_at));
            set("role", text(identity.role.as_str()));
        }
        let has_begun = match connection.protocol {
            None | Some(Protocol::FastfusionV1) => connection.identity.is_some(),
            Some(Protocol::GraphqlTransportWs) => false,
        };
        if !has_begun {
            set("due_shard", number(spread(&connection.id, DUE_SHARDS)));
            set("due_at", number(at_ms + AUTH_TIMEOUT_MS));
        }
        self.table.put(item).await.map_err(fault)
    }
}

#[async_trait]
impl HoldConnection for DynamoFeed {
    async fn count_message(&self, connection: &ConnectionId) -> Result<Option<Connection>> {
        let update = self
            .update_connection(connection)
            .update_expression("ADD messages :one")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew);
        match send(update).await.map_err(fault)? {
            Updated::Done(item) => read_connection(connection, &item).map(Some),
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
