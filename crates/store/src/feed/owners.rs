use async_trait::async_trait;
use domain::UserId;
use feed::FindConnections;
use feed::Result;
use feed::session::Protocol;
use feed::{ConnectionId, FindOwnedConnections, KnownConnection};

use super::DynamoFeed;
use super::fault::{fault, unreadable};
use super::items::{read_protocol, text};
use super::keys::connection_of;

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
        let mut connections = Vec::new();
        let mut start = None;
        loop {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(BY_USER)
                .key_condition_expression("user_id = :user")
                .expression_attribute_values(":user", text(user.to_string()))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(fault)?;
            for item in page.items() {
                let text = |name| item.get(name).and_then(|value| value.as_s().ok());
                let id = text("pk").and_then(|pk| connection_of(pk));
                connections.push(KnownConnection {
                    id: id.ok_or_else(|| unreadable("pk"))?,
                    protocol: read_protocol(item)?,
                });
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(connections);
            }
        }
    }
}
