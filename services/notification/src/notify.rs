//! The use case: send a notification once.

use std::time::Duration;

use app::Causes;
use feed::Clock;
use tokio::time::Instant;

use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::masked::Masked;
use crate::notification::{Channel, Key, Order, Recipient, Record, State};
use crate::ports::{
    Claim, Claimed, DeliveryError, KeepNotifications, SENDING, SendEmail, SendText,
};
use crate::providers::{SesMailer, SnsTexter};
use crate::store::DynamoNotifications;

/// How long a claim keeps others out. Should its owner die, a repeat of the request takes over after that.
const LEASE: Duration = Duration::from_secs(6);
/// With less than this left, sending does not begin: it might be cut off halfway.
const SENDING_NEEDS: Duration = Duration::from_secs(2);

/// How much one recipient may get.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Emails to one address, in each hour of the clock.
    pub emails_per_hour: u32,
    /// Text messages to one number, in each hour of the clock.
    pub texts_per_hour: u32,
}

/// Sends notifications, each once.
pub struct Notifier {
    notifications: Box<dyn KeepNotifications>,
    mailer: Box<dyn SendEmail>,
    texter: Box<dyn SendText>,
    clock: Box<dyn Clock>,
    limits: Limits,
}

impl Notifier {
    /// A notifier on a table, two providers and a clock.
    #[must_use]
    pub fn new(
        notifications: DynamoNotifications,
        mailer: SesMailer,
        texter: SnsTexter,
        clock: impl Clock + 'static,
        limits: Limits,
    ) -> Self {
        Self {
            notifications: Box::new(notifications),
            mailer: Box::new(mailer),
            texter: Box::new(texter),
            clock: Box::new(clock),
            limits,
        }
    }

    /// Sends it, or tells what became of it when it was sent before.
    pub(crate) async fn send(&self, order: &Order, deadline: Option<Deadline>) -> Result<Record> {
        let channel = order.recipient.channel();
        let now_ms = self.clock.now_ms();
        let lease = Lease::begin(now_ms);
        let claim = Claim {
            order,
            per_hour: match channel {
                Channel::Email => self.limits.emails_per_hour,
                Channel::Sms => self.limits.texts_per_hour,
            },
            now_ms,
            lease_until_ms: lease.until_ms,
        };
        let wait = |until_ms: u64| Duration::from_millis(until_ms.saturating_sub(now_ms).max(1));
        match self.notifications.claim(&claim).await? {
            Claimed::Ours(record) => self.deliver(order, record, lease, deadline).await,
            Claimed::Done(record) => match record.state {
                State::Refused => Err(Error::Refused),
                State::Pending | State::Sent { .. } => Ok(record),
            },
            Claimed::InProgress { until_ms } => Err(Error::InProgress {
                retry_after: wait(until_ms),
            }),
            Claimed::KeyTaken => Err(Error::KeyTaken),
            Claimed::LimitReached { until_ms } => Err(Error::LimitReached {
                retry_after: wait(until_ms),
            }),
        }
    }

    /// What became of a notification.
    pub(crate) async fn find(&self, key: &Key) -> Result<Record> {
        self.notifications.find(key).await?.ok_or(Error::NotFound)
    }

    async fn deliver(
        &self,
        order: &Order,
        claimed: Record,
        lease: Lease,
        deadline: Option<Deadline>,
    ) -> Result<Record> {
        let outcome = if deadline.is_some_and(Deadline::has_passed) {
            Err(Error::DeadlinePassed)
        } else if lease.sending_until < Instant::now() + SENDING_NEEDS {
            Err(unavailable(
                "DynamoDB",
                "claiming the notification took too long to send it in time",
            ))
        } else {
            tokio::time::timeout_at(lease.sending_until, self.hand_over(order))
                .await
                .unwrap_or_else(|_| Err(unavailable(provider(order), "no answer in time")))
        };
        let state = match outcome {
            Ok(state) => state,
            Err(error) => {
                let released = self.notifications.release(&order.key, lease.until_ms);
                if let Err(error) = released.await {
                    tracing::warn!(key = %order.key, error = %Causes(&error), "could not release a claim, a repeat of this request has to wait until it expires");
                }
                return Err(error);
            }
        };
        let record = Record { state, ..claimed };
        // The caller is told what happened even if that can't be kept: an error would make it ask again.
        let kept = self.notifications.conclude(&record, lease.until_ms);
        if let Err(error) = kept.await {
            tracing::error!(
                key = %order.key,
                error = %Causes(&error),
                "could not store the outcome, a repeat of this request sends the message again"
            );
        }
        match record.state {
            State::Refused => Err(Error::Refused),
            State::Pending | State::Sent { .. } => Ok(record),
        }
    }

    async fn hand_over(&self, order: &Order) -> Result<State> {
        let (to, key) = (Masked(&order.recipient), &order.key);
        let sent = match &order.recipient {
            Recipient::Email(email) => {
                let mail = order.content.mail().map_err(unrendered)?;
                self.mailer.send_email(key, email, &mail).await
            }
            Recipient::Phone(phone) => {
                let text = order.content.text_message().map_err(unrendered)?;
                self.texter.send_text(key, phone, &text).await
            }
        };
        match sent {
            Ok(message_id) => {
                tracing::info!(%key, %to, message_id, "notification sent");
                Ok(State::Sent {
                    at_ms: self.clock.now_ms(),
                    message_id,
                })
            }
            Err(DeliveryError::Refused(reason)) => {
                tracing::warn!(%key, %to, reason, "the provider refused the notification, it is not tried again");
                Ok(State::Refused)
            }
            Err(error @ DeliveryError::Unavailable(_)) => Err(unavailable(provider(order), error)),
        }
    }
}

/// A claim of this process.
#[derive(Clone, Copy)]
struct Lease {
    until_ms: u64,
    sending_until: Instant,
}

impl Lease {
    fn begin(now_ms: u64) -> Self {
        Self {
            until_ms: now_ms + u64::try_from(LEASE.as_millis()).expect("BUG: some seconds"),
            sending_until: Instant::now() + SENDING,
        }
    }
}

fn provider(order: &Order) -> &'static str {
    match order.recipient.channel() {
        Channel::Email => "SES",
        Channel::Sms => "SNS",
    }
}

fn unrendered(error: askama::Error) -> Error {
    Error::Internal {
        what: "rendering a notification",
        source: Box::new(error),
    }
}

fn unavailable(
    what: &'static str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::Unavailable {
        what,
        source: source.into(),
    }
}

impl std::fmt::Debug for Notifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notifier")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
