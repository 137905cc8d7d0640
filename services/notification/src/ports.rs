//! What sending a notification once needs from outside.

use std::time::Duration;

use async_trait::async_trait;
use domain::user::{Email, Phone};

use crate::content::Mail;
use crate::error::Result;
use crate::notification::{Key, Order, Record};

/// From the claim to the last moment of sending: what is left of the lease is for keeping the outcome.
pub(crate) const SENDING: Duration = Duration::from_secs(5);

/// A request to be the only one who sends a notification.
pub(crate) struct Claim<'a> {
    pub(crate) order: &'a Order,
    /// How many the recipient may get in an hour.
    pub(crate) per_hour: u32,
    pub(crate) now_ms: u64,
    /// Until when nobody else may send it.
    pub(crate) lease_until_ms: u64,
}

/// What became of a claim.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Claimed {
    /// It is to be sent, by whoever asked.
    Ours(Record),
    /// It was sent, or refused for good.
    Done(Record),
    /// Somebody else is sending it, until then at most.
    InProgress { until_ms: u64 },
    /// Its key belongs to another request.
    KeyTaken,
    /// The recipient may get no more until then.
    LimitReached { until_ms: u64 },
}

/// Stores which notifications were sent.
#[async_trait]
pub(crate) trait KeepNotifications: Send + Sync {
    /// Claims a notification, and counts it for its recipient if it is new: both or neither.
    async fn claim(&self, claim: &Claim<'_>) -> Result<Claimed>;
    /// Keeps the outcome, unless the lease was lost to somebody else.
    async fn conclude(&self, record: &Record, lease_until_ms: u64) -> Result<()>;
    /// Gives a claim back, so that the next attempt need not wait.
    async fn release(&self, key: &Key, lease_until_ms: u64) -> Result<()>;
    async fn find(&self, key: &Key) -> Result<Option<Record>>;
}

/// Why a provider did not take a message. Neither holds the message nor its recipient.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliveryError {
    /// It never will.
    #[error("refused: {0}")]
    Refused(String),
    /// It may, later.
    #[error("{0}")]
    Unavailable(String),
}

#[async_trait]
pub(crate) trait SendEmail: Send + Sync {
    /// Returns the provider's id of the message.
    async fn send_email(&self, key: &Key, to: &Email, mail: &Mail)
    -> Result<String, DeliveryError>;
}

#[async_trait]
pub(crate) trait SendText: Send + Sync {
    /// Returns the provider's id of the message.
    async fn send_text(&self, key: &Key, to: &Phone, text: &str) -> Result<String, DeliveryError>;
}
