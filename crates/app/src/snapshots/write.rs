use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Snapshot, SnapshotId, Statistics, UserId};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::Mutex;

use super::confirm::Confirmation;
use super::{StoreSnapshot, Stored};
use crate::notifications::SendNotification;
use crate::users::{FindProfile, Profile};
use crate::{Error, Result};
use domain::SavedSnapshot;
use feed::{EventDispatcher, LiveEvent, Recent};

/// Users whose snapshots are written at a time.
const WRITERS: usize = 16;
/// How often a snapshot is tried whose statistics others keep changing.
const ATTEMPTS: u32 = 8;
/// Users who are told at a time.
const TELLERS: usize = 64;
/// What one frame may take, with retries.
const PUSH_BUDGET: Duration = Duration::from_secs(1);
/// What telling everybody may take, so that a batch ends well before the function's timeout.
const TELL_TIME: Duration = Duration::from_secs(5);

/// Everything that saving snapshots needs from outside.
pub struct WritePorts {
    /// Where they are saved.
    pub store: Arc<dyn StoreSnapshot>,
    /// Whose they are.
    pub profiles: Arc<dyn FindProfile>,
    /// By which way they are told.
    pub dispatcher: EventDispatcher,
    /// Where confirmations are asked for.
    pub notifications: Arc<dyn SendNotification>,
}

/// Saves the snapshots that were asked for. Kept for the life of the process, since it remembers of which it has
/// told.
pub struct WriteSnapshots {
    ports: WritePorts,
    told: Mutex<Recent<SnapshotId>>,
}

/// What became of a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct WriteReport {
    /// Snapshots that are saved now and were not before.
    pub saved: usize,
    /// Snapshots that had been saved before.
    pub repeated: usize,
    /// Snapshots of users who no longer exist: they are dropped.
    pub departed: usize,
    /// Frames that were sent.
    pub told: usize,
    /// Confirmations that were accepted.
    pub confirmed: usize,
    /// Snapshots that their users wanted confirmed and that will not be, with the reason.
    pub unconfirmed: Vec<(SnapshotId, String)>,
}

/// The snapshots of one user, saved.
pub(super) struct Written {
    pub(super) profile: Profile,
    /// With a flag for those that had been saved before.
    pub(super) snapshots: Vec<(SavedSnapshot, bool)>,
}

impl WriteSnapshots {
    /// Nothing is written yet.
    #[must_use]
    pub fn new(ports: WritePorts) -> Self {
        Self {
            ports,
            told: Mutex::default(),
        }
    }

    /// Saves each snapshot exactly once, however often it comes, tells its user's open connections, and asks
    /// for the confirmation if the user wants one. Snapshots of one user are saved in the order given.
    ///
    /// All is saved before the first confirmation is asked for, and what comes again is confirmed again under
    /// the same key.
    ///
    /// # Errors
    /// As the ports: the batch has to come again. That users could not be told on their connections is no
    /// error: what is saved can be looked up. That the notification service is unavailable is one for
    /// the first two minutes of a snapshot: later ones are not held up any longer.
    pub async fn write(&self, snapshots: &[Snapshot], now_ms: u64) -> Result<WriteReport> {
        let mut by_user: HashMap<UserId, Vec<Snapshot>> = HashMap::new();
        for snapshot in snapshots {
            by_user.entry(snapshot.user_id).or_default().push(*snapshot);
        }
        let results: Vec<_> = stream::iter(by_user)
            .map(|(user, snapshots)| self.write_all(user, snapshots, now_ms))
            .buffer_unordered(WRITERS)
            .try_collect()
            .await?;
        let written: Vec<Written> = results.into_iter().flatten().collect();
        let mut report = WriteReport::default();
        for (_, repeated) in written.iter().flat_map(|written| &written.snapshots) {
            if *repeated {
                report.repeated += 1;
            } else {
                report.saved += 1;
            }
        }
        report.departed = snapshots.len() - report.saved - report.repeated;
        report.told = self.tell(&written, now_ms).await;
        let confirmation = Confirmation::new(&*self.ports.notifications, now_ms);
        (report.confirmed, report.unconfirmed) = confirmation.ask(&written).await?;
        Ok(report)
    }

    /// `None` if there is no such user any more.
    async fn write_all(
        &self,
        user: UserId,
        snapshots: Vec<Snapshot>,
        now_ms: u64,
    ) -> Result<Option<Written>> {
        let Some(profile) = self.ports.profiles.find_profile(user).await? else {
            let snapshots = snapshots.len();
            tracing::info!(%user, snapshots, "snapshots of a user who no longer exists are dropped");
            return Ok(None);
        };
        let mut written = Vec::with_capacity(snapshots.len());
        for snapshot in snapshots {
            written.push(self.write_one(snapshot, now_ms).await?);
        }
        Ok(Some(Written {
            profile,
            snapshots: written,
        }))
    }

    /// Saves one; the flag says that it had been saved before.
    async fn write_one(&self, snapshot: Snapshot, now_ms: u64) -> Result<(SavedSnapshot, bool)> {
        let saved = SavedSnapshot {
            snapshot,
            saved_at_ms: now_ms,
        };
        for _ in 0..ATTEMPTS {
            let seen = self.ports.store.statistics(snapshot.user_id).await?;
            let new = seen.as_ref().map_or_else(
                || Statistics::of_first(snapshot),
                |seen| seen.with(snapshot),
            );
            match self
                .ports
                .store
                .store_snapshot(&saved, seen.as_ref(), &new)
                .await?
            {
                Stored::Done => return Ok((saved, false)),
                Stored::Already(saved_at_ms) => {
                    let before = SavedSnapshot {
                        saved_at_ms,
                        ..saved
                    };
                    return Ok((before, true));
                }
                Stored::Overtaken => {}
            }
        }
        Err(Error::Unavailable {
            what: "the statistics of a user",
            source: "others keep changing them".into(),
        })
    }

    /// Tells users what is saved, as far as that can be done in time; gives how many frames were sent.
    async fn tell(&self, written: &[Written], now_ms: u64) -> usize {
        let telling = stream::iter(written)
            .map(|written| self.tell_user(written, now_ms))
            .buffer_unordered(TELLERS);
        let mut telling = std::pin::pin!(telling);
        let mut told = 0;
        let all = async {
            while let Some(frames) = telling.next().await {
                told += frames;
            }
        };
        if tokio::time::timeout(TELL_TIME, all).await.is_err() {
            tracing::warn!("some users were not told in time that their snapshots are saved");
        }
        self.ports.dispatcher.remove_ended().await;
        told
    }

    /// Tells a user of what this process has not told them: a batch may come again because of a confirmation.
    async fn tell_user(&self, written: &Written, now_ms: u64) -> usize {
        let mut events = Vec::new();
        for (saved, _) in &written.snapshots {
            let mut told = self.told.lock().await;
            if !told.contains(&saved.snapshot.id) {
                told.insert(saved.snapshot.id);
                events.push(LiveEvent::SnapshotSaved(*saved));
            }
        }
        if events.is_empty() {
            return 0;
        }
        let user = written.profile.id;
        let dispatcher = &self.ports.dispatcher;
        dispatcher
            .dispatch(user, &events, now_ms, PUSH_BUDGET)
            .await
    }
}
