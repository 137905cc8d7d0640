use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::{SavedSnapshot, Snapshot, SnapshotId};
use futures_util::{StreamExt as _, stream};
use tokio::time::Instant;

use crate::notifications::{Content, Notification, NotificationError, Notifications, Recipient};
use crate::users::Profile;
use crate::{Causes, Error, Result};

/// Confirmations that are asked for at a time.
const IN_FLIGHT: usize = 16;
/// What one may take, with retries.
const BUDGET: Duration = Duration::from_secs(3);
/// After this time none is begun with, so that a batch ends well before the function's timeout.
const TIME: Duration = Duration::from_secs(10);
/// How long after a snapshot was asked for its confirmation may fail its batch. Meanwhile nothing after it is
/// saved, so this is what an outage of the notification service delays the saving of snapshots by.
const WITHIN_MS: u64 = 2 * 60 * 1000;

/// The snapshots of one user, saved.
pub(super) struct Written {
    pub(super) profile: Profile,
    /// With a flag for those that had been saved before.
    pub(super) snapshots: Vec<(SavedSnapshot, bool)>,
}

/// How the notification service answered.
enum ConfirmationResult {
    Accepted,
    Never(String),
    Unavailable(String),
}

/// Asks for the confirmations that users want of their snapshots, once through.
pub(super) struct Confirmation<'a> {
    notifications: &'a dyn Notifications,
    now_ms: u64,
    start: Instant,
    /// The service is not asked again once it was found out of order.
    is_down: AtomicBool,
}

impl<'a> Confirmation<'a> {
    pub(super) fn new(notifications: &'a dyn Notifications, now_ms: u64) -> Self {
        Self {
            notifications,
            now_ms,
            start: Instant::now(),
            is_down: AtomicBool::new(false),
        }
    }

    /// Gives how many were accepted, and which will not be, with the reason.
    pub(super) async fn ask(
        &self,
        written: &[Written],
    ) -> Result<(usize, Vec<(SnapshotId, String)>)> {
        let wanted = written
            .iter()
            .filter(|written| written.profile.preferences.snapshot_saved)
            .flat_map(|written| {
                let snapshots = written.snapshots.iter();
                snapshots.map(|(saved, _)| (&written.profile, saved.snapshot))
            });
        let mut asking = stream::iter(wanted)
            .map(async |(profile, snapshot)| (snapshot, self.ask_one(profile, snapshot).await))
            .buffer_unordered(IN_FLIGHT);
        let mut accepted = 0;
        let mut never = Vec::new();
        let mut again = None;
        while let Some((snapshot, answer)) = asking.next().await {
            let reason = match answer {
                ConfirmationResult::Accepted => {
                    accepted += 1;
                    continue;
                }
                ConfirmationResult::Never(reason) => reason,
                ConfirmationResult::Unavailable(reason) if self.is_fresh(snapshot) => {
                    again.get_or_insert(reason);
                    continue;
                }
                ConfirmationResult::Unavailable(reason) => reason,
            };
            tracing::warn!(snapshot = %snapshot.id, reason, "snapshot saved, confirmation given up");
            never.push((snapshot.id, reason));
        }
        match again {
            None => Ok((accepted, never)),
            Some(reason) => Err(Error::Unavailable {
                what: "confirming snapshots",
                source: reason.into(),
            }),
        }
    }

    async fn ask_one(&self, profile: &Profile, snapshot: Snapshot) -> ConfirmationResult {
        if self.is_down.load(Ordering::Relaxed) {
            return ConfirmationResult::Unavailable("the notification service is down".to_owned());
        }
        if self.start.elapsed() >= TIME {
            return ConfirmationResult::Unavailable("there was no time left".to_owned());
        }
        let notification = Notification {
            idempotency_key: format!("snapshot#{}", snapshot.id),
            recipient: Recipient::Email(profile.email.clone()),
            content: Content::SnapshotSaved { snapshot },
        };
        match self.notifications.send(&notification, BUDGET).await {
            Ok(()) => ConfirmationResult::Accepted,
            Err(error @ NotificationError::Unavailable(_)) => {
                self.is_down.store(true, Ordering::Relaxed);
                ConfirmationResult::Unavailable(Causes(&error).to_string())
            }
            Err(error @ NotificationError::InProgress { .. }) => {
                ConfirmationResult::Unavailable(Causes(&error).to_string())
            }
            Err(
                error @ (NotificationError::RateLimited { .. }
                | NotificationError::Refused(_)
                | NotificationError::Failed(_)),
            ) => ConfirmationResult::Never(Causes(&error).to_string()),
        }
    }

    fn is_fresh(&self, snapshot: Snapshot) -> bool {
        self.now_ms.saturating_sub(snapshot.id.requested_at_ms()) < WITHIN_MS
    }
}
