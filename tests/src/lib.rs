//! What the end-to-end tests share: a whole stack started from the binaries that ship, and clients
//! that use it as strangers would.
//!
//! Nothing here knows how a function works inside: only its URLs, its topics and its frames.

mod alert;
mod cookies;
mod dynamodb;
mod kafka;
mod notification;
mod operations;
mod rest;
mod seed;
mod socket;
mod stack;

pub use alert::{ComingAlert, current_tick};
pub use cookies::cookie_of;
pub use dynamodb::{
    age_connections, dynamodb, feed_items, items_mentioning, snapshot_items, stored_subscriptions,
};
pub use kafka::{Record, TopicReader, produce, produce_with_headers};
pub use notification::{Bearer, NotificationClient, channel, notification_client};
pub use operations::Operations;
pub use rest::{Answer, Session, User, unique_email};
pub use seed::{seed, user_id};
pub use socket::Socket;
pub use stack::{Broker, Options, Stack};

/// How long a test waits for something that should happen, before it fails.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(45);

/// Lets the machine do something else before a test looks again.
pub async fn poll_pause() {
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
}
