use async_trait::async_trait;
use domain::UserId;
use dynamodb::{read_pages, text};
use feed::FindConnections;
use feed::Result;
use feed::session::Protocol;
use feed::{ConnectionId, FindOwnedConnections, KnownConnection};

use super::DynamoFeed;
use super::items::{read_protocol, unreadable};
use super::keys::connection_of;
use crate::fault::fault;

/// The index of connections by the user who has authenticated.
const BY_USER: &str = "by_user";

#[async_trait]
impl FindConnections for DynamoFeed {
    async fn connections_of(&self, user: UserId) -> Result<Vec<ConnectionId>> {
        let owned = self.owned_connections(user).await?.into_iter();
        Ok(owned
            .filter(|connection| connection.protocol == Protocol::FastfusionV1)
            .map(|connection| connection.id)
            .collect())
    }
}

#[async_trait]
impl FindOwnedConnections for DynamoFeed {
    async fn owned_connections(&self, user: UserId) -> Result<Vec<KnownConnection>> {
        let query = self
            .table
            .query()
            .index_name(BY_USER)
            .key_condition_expression("user_id = :user")
            .expression_attribute_values(":user", text(user.to_string()));
        let items = read_pages(query).await.map_err(fault)?;
        let connections = items.iter().map(|item| {
            let pk = item.get("pk").and_then(|value| value.as_s().ok());
            let id = pk.and_then(|pk| connection_of(pk));
            Ok(KnownConnection {
                id: id.ok_or_else(|| unreadable("pk"))?,
                protocol: read_protocol(item)?,
            })
        });
        connections.collect()
    }
}
