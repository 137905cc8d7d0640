use domain::{Shard, UserId};
use feed::session::SubscriptionId;
use feed::{AudienceShard, ConnectionId};

/// How many shards the index of connections that have yet to authenticate has.
pub const DUE_SHARDS: u8 = 4;
/// The version items that the user shards share: one for each partition of the price topic.
const VERSION_GROUPS: u8 = 8;

/// The sort key of a connection's own item.
pub(crate) const CONNECTION_SK: &str = "conn";
/// What the sort keys of its subscriptions begin with.
pub(super) const SUBSCRIPTION_SK_PREFIX: &str = "sub#";
/// The sort key of a version item.
pub(super) const VERSION_SK: &str = "v";

/// The partition key of everything about a connection.
#[must_use]
pub fn connection_pk(connection: &ConnectionId) -> String {
    format!("conn#{}", connection.0)
}

/// The connection that a partition key is about.
#[must_use]
pub fn connection_of(pk: &str) -> Option<ConnectionId> {
    pk.strip_prefix("conn#").map(|id| ConnectionId(id.into()))
}

pub(super) fn subscription_sk(id: &SubscriptionId) -> String {
    format!("{SUBSCRIPTION_SK_PREFIX}{id}")
}

pub(super) fn end_sk(id: &SubscriptionId) -> String {
    format!("end#{id}")
}

pub(super) fn shard_name(shard: AudienceShard) -> String {
    match shard {
        AudienceShard::Users(shard) => shard.to_string(),
        AudienceShard::AllUsers(n) => format!("all-{n}"),
        AudienceShard::Market(n) => format!("market-{n}"),
        AudienceShard::Registrations(n) => format!("registrations-{n}"),
        AudienceShard::Own(user) => format!("own-{user}"),
    }
}

pub(super) fn parse_shard_name(name: &str) -> Option<AudienceShard> {
    let number = |text: &str| text.parse::<u8>().ok();
    if let Some(n) = name.strip_prefix("all-") {
        number(n).map(AudienceShard::AllUsers)
    } else if let Some(n) = name.strip_prefix("market-") {
        number(n).map(AudienceShard::Market)
    } else if let Some(n) = name.strip_prefix("registrations-") {
        number(n).map(AudienceShard::Registrations)
    } else if let Some(user) = name.strip_prefix("own-") {
        UserId::parse(user).ok().map(AudienceShard::Own)
    } else {
        number(name)
            .and_then(Shard::from_index)
            .map(AudienceShard::Users)
    }
}

pub(super) fn audience_pk(shard: AudienceShard) -> String {
    format!("aud#{}", shard_name(shard))
}

pub(super) fn entry_sk(connection: &ConnectionId, subscription: &str) -> String {
    format!("{}#{subscription}", connection.0)
}

/// The partition key of the item that holds a shard's version, and the attribute that it is; `None` if it has
/// no version.
pub(super) fn version_of(shard: AudienceShard) -> Option<(String, String)> {
    let of_listeners = |kind: &str, n| (format!("ver#{kind}"), format!("s{n}"));
    match shard {
        AudienceShard::Users(shard) => Some(version_of_users(shard)),
        AudienceShard::AllUsers(n) => Some(of_listeners("all", n)),
        AudienceShard::Market(n) => Some(of_listeners("market", n)),
        AudienceShard::Registrations(n) => Some(of_listeners("registrations", n)),
        AudienceShard::Own(_) => None,
    }
}

fn version_of_users(shard: Shard) -> (String, String) {
    let group = shard.index() % VERSION_GROUPS;
    (format!("ver#{group}"), format!("s{shard}"))
}

/// The attribute that is the version of a shard's alerts. It lies in the item of the shard's own version, so
/// that one read gives both.
pub(super) fn alerts_version_of(shard: Shard) -> (String, String) {
    let (pk, _) = version_of_users(shard);
    (pk, format!("a{shard}"))
}

/// The partition key of the alerts of a shard's users.
pub(super) fn alerts_pk(shard: Shard) -> String {
    format!("alert#{shard}")
}

/// What the sort keys of a user's alerts begin with.
pub(super) fn alerts_of(user: UserId) -> String {
    format!("{user}#")
}

/// The partition key of how many alerts a user has.
pub(super) fn alert_count_pk(user: UserId) -> String {
    format!("alerts#{user}")
}

pub(super) fn users_shard(user: UserId) -> AudienceShard {
    AudienceShard::Users(Shard::of(user))
}

/// Spreads connections over `shards` shards.
pub(super) fn spread(connection: &ConnectionId, shards: u8) -> u8 {
    // FNV-1a: enough to spread ids that are random already, and the same in every version.
    let hash = connection
        .0
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    u8::try_from((hash >> 32) % u64::from(shards.max(1)))
        .expect("BUG: the remainder of a division by a u8 fits into a u8")
}

#[cfg(test)]
mod tests;
