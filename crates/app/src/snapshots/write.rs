use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Snapshot, Statistics, UserId};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{EncodeSaved, FindConnections, SavedSnapshot, StoreSnapshot, Stored};
use crate::feed::PushError;
use crate::feed::fanout::PushFrames;
use crate::{Causes, Error, Result};

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

/// Saves the snapshots that were asked for.
pub struct WriteSnapshots {
    /// Where they are saved.
    pub store: Arc<dyn StoreSnapshot>,
    /// Who is told.
    pub connections: Arc<dyn FindConnections>,
    /// In which words.
    pub frames: Arc<dyn EncodeSaved>,
    /// By which way.
    pub push: Arc<dyn PushFrames>,
}

/// What became of a batch.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct WriteReport {
    /// Snapshots that are saved now and were not before.
    pub saved: usize,
    /// Snapshots that had been saved before.
    pub repeated: usize,
    /// Frames that were sent.
    pub told: usize,
}

impl WriteSnapshots {
    /// Saves each snapshot exactly once, however often it comes, and tells its user's open connections, as
    /// often as it comes. Snapshots of one user are saved in the order given.
    ///
    /// # Errors
    /// As the store: the batch has to come again. That users could not be told is no error: what is saved
    /// can be looked up.
    pub async fn write(&self, snapshots: &[Snapshot], now_ms: u64) -> Result<WriteReport> {
        let mut by_user: HashMap<UserId, Vec<Snapshot>> = HashMap::new();
        for snapshot in snapshots {
            by_user.entry(snapshot.user_id).or_default().push(*snapshot);
        }
        let written: Vec<_> = stream::iter(by_user)
            .map(|(user, snapshots)| self.write_all(user, snapshots, now_ms))
            .buffer_unordered(WRITERS)
            .try_collect()
            .await?;
        let mut report = WriteReport::default();
        for (_, repeated) in written.iter().flat_map(|(_, written)| written) {
            if *repeated {
                report.repeated += 1;
            } else {
                report.saved += 1;
            }
        }
        report.told = self.tell(&written).await;
        Ok(report)
    }

    async fn write_all(
        &self,
        user: UserId,
        snapshots: Vec<Snapshot>,
        now_ms: u64,
    ) -> Result<(UserId, Vec<(SavedSnapshot, bool)>)> {
        let mut written = Vec::with_capacity(snapshots.len());
        for snapshot in snapshots {
            written.push(self.write_one(snapshot, now_ms).await?);
        }
        Ok((user, written))
    }

    /// Saves one; the flag says that it had been saved before.
    async fn write_one(&self, snapshot: Snapshot, now_ms: u64) -> Result<(SavedSnapshot, bool)> {
        let saved = SavedSnapshot {
            snapshot,
            saved_at_ms: now_ms,
        };
        for _ in 0..ATTEMPTS {
            let seen = self.store.statistics(snapshot.user_id).await?;
            let new = seen.as_ref().map_or_else(
                || Statistics::of_first(snapshot),
                |seen| seen.with(snapshot),
            );
            match self
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
    async fn tell(&self, written: &[(UserId, Vec<(SavedSnapshot, bool)>)]) -> usize {
        let telling = stream::iter(written)
            .map(|(user, written)| self.tell_user(*user, written))
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
        told
    }

    async fn tell_user(&self, user: UserId, written: &[(SavedSnapshot, bool)]) -> usize {
        let connections = match self.connections.connections_of(user).await {
            Ok(connections) => connections,
            Err(error) => {
                tracing::warn!(error = %Causes(&error), "a user's connections could not be found");
                return 0;
            }
        };
        let mut told = 0;
        if connections.is_empty() {
            return told;
        }
        for (saved, _) in written {
            let frame = self.frames.saved(saved);
            let mut sending = stream::iter(&connections)
                .map(|connection| self.push.push_frame(connection, &frame, PUSH_BUDGET))
                .buffer_unordered(TELLERS);
            while let Some(sent) = sending.next().await {
                match sent {
                    Ok(()) => told += 1,
                    Err(PushError::Gone) => {}
                    Err(error) => {
                        tracing::warn!(error = %Causes(&error), "a connection could not be told");
                    }
                }
            }
        }
        told
    }
}
