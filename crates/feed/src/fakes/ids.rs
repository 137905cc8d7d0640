use domain::{Tick, UserId};

use super::{EXPIRES_AT, START};
use crate::connection::ConnectionId;
use crate::operation::{LiveOperation, OperationKey};
use crate::subscription::SubscriptionId;

/// The connection with this id.
#[must_use]
pub fn connection(id: &str) -> ConnectionId {
    ConnectionId(id.into())
}

/// The subscription with this id.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn subscription_id(id: &str) -> SubscriptionId {
    SubscriptionId::parse(id).expect("a valid id")
}

/// A user who registered long before [`START`].
#[must_use]
pub fn user(n: u64) -> UserId {
    registered_at(START.minus(1_000_000), n)
}

/// A user who registered during a tick.
#[must_use]
pub fn registered_at(tick: Tick, n: u64) -> UserId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    UserId::generate(tick.starts_at_ms() + 17, &random)
}

/// The key that an operation with this text has here.
///
/// # Panics
/// If the text has more than 32 bytes.
#[must_use]
pub fn operation_key(text: &str) -> OperationKey {
    let mut key = [0; 32];
    key[..text.len()].copy_from_slice(text.as_bytes());
    OperationKey(key)
}

/// A subscription to the operation with this text, until [`EXPIRES_AT`].
#[must_use]
pub fn live_operation(text: &str) -> LiveOperation {
    LiveOperation {
        key: operation_key(text),
        expires_at: EXPIRES_AT,
    }
}
