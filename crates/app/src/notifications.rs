//! Telling people things by email and text message, as far as the application needs to know.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use domain::alert::{Condition, Crossed};
use domain::user::{Email, Phone};
use domain::{Price, Snapshot};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Something that a user is told.
#[derive(Clone, PartialEq, Eq)]
pub struct Notification {
    /// The same for every attempt to tell the same thing: 1 to 128 visible ASCII characters. It is sent
    /// once, however often it is asked for.
    pub idempotency_key: String,
    /// Who is told, and how.
    pub recipient: Recipient,
    /// What they are told.
    pub content: Content,
}

/// Shows the key alone, because the rest is personal.
impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notification")
            .field("idempotency_key", &self.idempotency_key)
            .finish_non_exhaustive()
    }
}

/// Who is told, and how.
#[derive(Clone, PartialEq, Eq)]
pub enum Recipient {
    /// By email.
    Email(Email),
    /// By text message.
    Sms(Phone),
}

/// What somebody is told.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// Welcome.
    Welcome {
        /// The price that their share starts at.
        opening_price: Price,
    },
    /// A snapshot that they asked for is saved.
    SnapshotSaved {
        /// The snapshot.
        snapshot: Snapshot,
    },
    /// Their price has crossed what they waited for.
    PriceAlert {
        /// What they waited for.
        condition: Condition,
        /// The price that crossed it.
        crossed: Crossed,
    },
}

/// Why a notification was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    /// The service can't be reached, or can't work now: nobody's notification gets through.
    #[error("the notification service is unavailable")]
    Unavailable(#[source] Source),
    /// The recipient has had too many notifications lately.
    #[error("the recipient may be written to again in {} s", .retry_after.as_secs())]
    RateLimited {
        /// After what time to try again.
        retry_after: Duration,
    },
    /// Another attempt at the same notification is under way; nobody knows yet how it ends.
    #[error("the same notification is being sent")]
    InProgress {
        /// After what time to try again.
        retry_after: Duration,
    },
    /// This notification will never be accepted.
    #[error("the notification was refused")]
    Refused(#[source] Source),
    /// The service failed on this notification. It may on the next attempt, too.
    #[error("the notification service failed")]
    Failed(#[source] Source),
}

/// Sends notifications.
#[async_trait]
pub trait Notifications: Send + Sync {
    /// Returns once the notification is accepted. Faults that pass are retried as long as `budget` lasts.
    async fn send(
        &self,
        notification: &Notification,
        budget: Duration,
    ) -> Result<(), NotificationError>;
}
