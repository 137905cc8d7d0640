//! Items of connections, written and read back.

use domain::user::Role;
use domain::{Network, UserId};
use dynamodb::{Item, read, write};
use feed::session::{AUTH_TIMEOUT_MS, Connection, NewConnection, Protocol};
use feed::{Authenticated, ConnectionId, KnownConnection, Result};
use serde::{Deserialize, Serialize};

use crate::fault::{fault, unreadable};
use crate::feed::items::expires_at;
use crate::feed::keys::{CONNECTION_SK, DUE_SHARDS, connection_of, connection_pk, spread};

const CONNECTION: &str = "reading a connection";

#[derive(Serialize)]
struct NewConnectionItem {
    pk: String,
    sk: &'static str,
    subscriptions: u64,
    expires_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_shard: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<u64>,
    #[serde(flatten)]
    connection: ConnectionItem,
}

#[derive(Serialize, Deserialize)]
struct ConnectionItem {
    connected_at: u64,
    messages: u64,
    window_start: u64,
    window_base: u64,
    /// The raw feed if nothing is noted.
    #[serde(
        with = "crate::attributes::optional_text",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    protocol: Option<Protocol>,
    #[serde(
        with = "crate::attributes::optional_text",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    user_id: Option<UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_expires_at: Option<u64>,
    #[serde(
        with = "crate::attributes::optional_text",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    role: Option<Role>,
    /// Connections from before it was noted have none.
    #[serde(
        with = "crate::attributes::optional_text",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    network: Option<Network>,
    #[serde(default, skip_serializing)]
    is_initialised: bool,
}

/// What indexes show of a connection.
#[derive(Deserialize)]
struct KnownConnectionItem {
    pk: String,
    #[serde(with = "crate::attributes::optional_text", default)]
    protocol: Option<Protocol>,
}

pub(super) fn connection_item(new: &NewConnection) -> Item {
    let (at, identity) = (new.connected_at_ms, new.identity);
    let has_begun = match new.protocol {
        None | Some(Protocol::FastfusionV1) => identity.is_some(),
        Some(Protocol::GraphqlTransportWs) => false,
    };
    write(&NewConnectionItem {
        pk: connection_pk(&new.id),
        sk: CONNECTION_SK,
        subscriptions: 0,
        expires_at: expires_at(at),
        due_shard: (!has_begun).then(|| spread(&new.id, DUE_SHARDS)),
        due_at: (!has_begun).then_some(at + AUTH_TIMEOUT_MS),
        connection: ConnectionItem {
            connected_at: at,
            messages: 0,
            window_start: at,
            window_base: 0,
            protocol: new.protocol,
            user_id: identity.map(|identity| identity.user_id),
            token_expires_at: identity.map(|identity| identity.expires_at),
            role: identity.map(|identity| identity.role),
            network: Some(new.network.clone()),
            is_initialised: false,
        },
    })
}

pub(super) fn read_connection(id: &ConnectionId, item: Item) -> Result<Connection> {
    let item: ConnectionItem = read(CONNECTION, item).map_err(fault)?;
    let missing = |attribute| unreadable(CONNECTION, attribute);
    let identity = match item.user_id {
        None => None,
        Some(user_id) => Some(Authenticated {
            user_id,
            expires_at: item
                .token_expires_at
                .ok_or_else(|| missing("token_expires_at"))?,
            role: item.role.ok_or_else(|| missing("role"))?,
        }),
    };
    Ok(Connection {
        id: id.clone(),
        connected_at_ms: item.connected_at,
        protocol: item.protocol.unwrap_or(Protocol::FastfusionV1),
        is_initialised: item.is_initialised,
        network: item.network,
        identity,
        messages: item.messages,
        window_start_ms: item.window_start,
        window_base: item.window_base,
    })
}

/// What is known of a connection by any of its items.
pub(crate) fn read_known_connection(item: Item) -> Result<KnownConnection> {
    let item: KnownConnectionItem = read(CONNECTION, item).map_err(fault)?;
    Ok(KnownConnection {
        id: connection_of(&item.pk).ok_or_else(|| unreadable(CONNECTION, "pk"))?,
        protocol: item.protocol.unwrap_or(Protocol::FastfusionV1),
    })
}
