use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::Tick;
use domain::alert::{Alert, Channel, Crossed};
use futures_util::{StreamExt as _, stream};
use tokio::time::Instant;

use super::cache::Firing;
use super::{AlertPorts, Settled};
use crate::notifications::{Content, Notification, NotificationError, Recipient};
use crate::users::Profile;
use crate::{Causes, Result};
use feed::LiveEvent;

/// Users who are told at a time.
const IN_FLIGHT: usize = 32;
/// After this time nobody else is begun with: prices of the next tick come soon.
const TIME: Duration = Duration::from_secs(2);
/// What one notification may take, with retries.
const NOTIFY_BUDGET: Duration = Duration::from_secs(1);
/// What one frame may take, with retries.
const PUSH_BUDGET: Duration = Duration::from_millis(500);
/// A user who could not be told for so long is not told any more: what crossed then is no news.
pub(super) const MAX_AGE_MS: u64 = 15 * 60 * 1000;

/// What became of a firing alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The notification is accepted.
    Notified,
    /// The user wants none.
    Unwanted,
    /// The user could not be told and will not be.
    Failed,
    /// There is no such user any more.
    Departed,
    /// Somebody else has ended it.
    Overtaken,
    /// It still fires.
    Waiting,
}

/// What the notification service said, or would have.
enum NotifyResult {
    Accepted,
    Unwanted,
    Never(String),
    Later(Option<Duration>),
}

/// Tells the users of firing alerts, once through.
pub(super) struct Teller<'a> {
    ports: &'a AlertPorts,
    now_ms: u64,
    start: Instant,
    /// Whether the notification service is known to be out of order: then it is not asked.
    is_down: AtomicBool,
    was_down: bool,
}

impl<'a> Teller<'a> {
    pub(super) fn new(ports: &'a AlertPorts, now_ms: u64, is_down: bool) -> Self {
        Self {
            ports,
            now_ms,
            start: Instant::now(),
            is_down: AtomicBool::new(is_down),
            was_down: is_down,
        }
    }

    /// Whether it was asked, and turned out to be out of order.
    pub(super) fn found_it_down(&self) -> bool {
        !self.was_down && self.is_down.load(Ordering::Relaxed)
    }

    /// Gives what became of each alert, and how many frames were sent for it.
    pub(super) async fn tell(&self, mut firing: Vec<Firing>) -> Vec<(Firing, Outcome, usize)> {
        // Who waits longest comes first.
        firing.sort_unstable_by_key(|firing| (firing.crossed.tick, firing.alert.id));
        stream::iter(firing)
            .map(async |firing| self.tell_one(firing).await)
            .buffer_unordered(IN_FLIGHT)
            .collect()
            .await
    }

    async fn tell_one(&self, mut firing: Firing) -> (Firing, Outcome, usize) {
        if self.start.elapsed() >= TIME {
            return (firing, Outcome::Waiting, 0);
        }
        let (alert, crossed) = (firing.alert, firing.crossed);
        let (outcome, pushed) = match self.attempt(&mut firing).await {
            Ok(told) => told,
            Err(error) => {
                let (alert, error) = (alert.id, Causes(&error));
                tracing::warn!(%alert, tick = %crossed.tick, %error, "alert not delivered, retrying after the next batch");
                (Outcome::Waiting, 0)
            }
        };
        (firing, outcome, pushed)
    }

    async fn attempt(&self, firing: &mut Firing) -> Result<(Outcome, usize)> {
        let (alert, crossed) = (firing.alert, firing.crossed);
        let Some(profile) = self.ports.users.find_profile(alert.user_id).await? else {
            self.ports.eraser.erase_user(alert.user_id).await?;
            return Ok((Outcome::Departed, 0));
        };
        let is_pushed = std::mem::replace(&mut firing.is_pushed, true);
        let push = async {
            if is_pushed {
                0
            } else {
                self.push(alert, crossed).await
            }
        };
        let (pushed, answer) = tokio::join!(push, self.notify(firing, profile));
        let outcome = match answer {
            NotifyResult::Accepted => {
                self.settle(firing, Settled::Fired, Outcome::Notified)
                    .await?
            }
            NotifyResult::Unwanted => {
                self.settle(firing, Settled::Fired, Outcome::Unwanted)
                    .await?
            }
            NotifyResult::Never(reason) => {
                tracing::warn!(alert = %alert.id, tick = %crossed.tick, reason, "alert notification given up");
                self.settle(firing, Settled::Failed, Outcome::Failed)
                    .await?
            }
            NotifyResult::Later(wait) => {
                firing.not_before = wait.map(|wait| Instant::now() + wait);
                Outcome::Waiting
            }
        };
        Ok((outcome, pushed))
    }

    async fn settle(&self, firing: &Firing, end: Settled, ours: Outcome) -> Result<Outcome> {
        let (alert, crossed) = (&firing.alert, firing.crossed);
        let settled = self.ports.alerts.settle_alert(alert, crossed, end).await?;
        Ok(if settled { ours } else { Outcome::Overtaken })
    }

    async fn notify(&self, firing: &Firing, profile: Profile) -> NotifyResult {
        let (alert, crossed) = (&firing.alert, firing.crossed);
        if !profile.preferences.alert {
            return NotifyResult::Unwanted;
        }
        let Some(notification) = notification(alert, crossed, profile) else {
            return NotifyResult::Never("the user has no telephone number any more".to_owned());
        };
        if firing.not_before.is_some_and(|at| at > Instant::now()) {
            return NotifyResult::Later(firing.not_before.map(|at| at - Instant::now()));
        }
        if self.is_down.load(Ordering::Relaxed) {
            return self.later(crossed.tick, "the notification service is down");
        }
        let sent = self.ports.notifications.send(&notification, NOTIFY_BUDGET);
        match sent.await {
            Ok(()) => NotifyResult::Accepted,
            Err(error @ NotificationError::Refused(_)) => {
                NotifyResult::Never(Causes(&error).to_string())
            }
            Err(error @ NotificationError::RateLimited { retry_after }) => {
                let wait_ms = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
                if self.age_ms(crossed.tick).saturating_add(wait_ms) > MAX_AGE_MS {
                    return NotifyResult::Never(error.to_string());
                }
                NotifyResult::Later(Some(retry_after))
            }
            Err(NotificationError::InProgress { retry_after }) => {
                NotifyResult::Later(Some(retry_after))
            }
            Err(error @ (NotificationError::Unavailable(_) | NotificationError::Failed(_))) => {
                if matches!(error, NotificationError::Unavailable(_)) {
                    self.is_down.store(true, Ordering::Relaxed);
                }
                let reason = Causes(&error).to_string();
                tracing::warn!(alert = %alert.id, reason, "alert notification not accepted");
                self.later(crossed.tick, &reason)
            }
        }
    }

    fn later(&self, tick: Tick, reason: &str) -> NotifyResult {
        if self.age_ms(tick) > MAX_AGE_MS {
            NotifyResult::Never(reason.to_owned())
        } else {
            NotifyResult::Later(None)
        }
    }

    fn age_ms(&self, tick: Tick) -> u64 {
        self.now_ms.saturating_sub(tick.starts_at_ms())
    }

    /// Tells the user's connections, as far as that can be done; gives how many frames were sent.
    async fn push(&self, alert: Alert, crossed: Crossed) -> usize {
        let event = LiveEvent::AlertFired { alert, crossed };
        let (dispatcher, user) = (&self.ports.dispatcher, alert.user_id);
        dispatcher
            .dispatch(user, &[event], self.now_ms, PUSH_BUDGET)
            .await
    }
}

/// What the user is told; `None` if that takes a telephone number that they don't have. One crossing is one
/// notification, however often it is asked for.
fn notification(alert: &Alert, crossed: Crossed, profile: Profile) -> Option<Notification> {
    let recipient = match alert.channel {
        Channel::Email => Recipient::Email(profile.email),
        Channel::Sms => Recipient::Sms(profile.phone?),
    };
    Some(Notification {
        idempotency_key: format!("alert#{}#{}", alert.id, crossed.tick),
        recipient,
        content: Content::PriceAlert {
            condition: alert.condition,
            crossed,
        },
    })
}
