use async_trait::async_trait;
use domain::{SavedSnapshot, Snapshot, SnapshotId, Statistics, UserId};

use super::IdempotencyKey;
use crate::Result;

/// Reserves snapshots before they are published.
#[async_trait]
pub trait ReserveSnapshot: Send + Sync {
    /// Remembers that a snapshot was asked for, and gives the one to publish: this one, or the one that
    /// the same user asked for with the same key not too long ago.
    async fn reserve_snapshot(
        &self,
        snapshot: &Snapshot,
        key: Option<&IdempotencyKey>,
    ) -> Result<Snapshot>;
}

/// Publishes that a snapshot was asked for.
#[async_trait]
pub trait PublishSnapshot: Send + Sync {
    /// Returns once the request is acknowledged. Publishing it again is harmless.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] within seconds if it is not acknowledged.
    async fn publish_snapshot(&self, snapshot: &Snapshot) -> Result<()>;
}

/// How far a snapshot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotStatus {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// When it was saved, in Unix milliseconds; `None` while it is not.
    pub saved_at_ms: Option<u64>,
}

/// Finds snapshots.
#[async_trait]
pub trait FindSnapshot: Send + Sync {
    /// A snapshot that this user asked for, if it is saved or was asked for not too long ago.
    async fn find_snapshot(&self, user: UserId, id: SnapshotId) -> Result<Option<SnapshotStatus>>;
}

/// What became of an attempt to store a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is stored, and so are the statistics.
    Done,
    /// It had been stored at this instant, in Unix milliseconds; nothing was changed.
    Already(u64),
    /// The statistics have changed since they were read; nothing was changed.
    Overtaken,
}

/// Stores snapshots together with the statistics of their user.
#[async_trait]
pub trait StoreSnapshot: Send + Sync {
    /// The statistics of a user who has snapshots, strongly consistent.
    async fn statistics(&self, user: UserId) -> Result<Option<Statistics>>;

    /// Stores a snapshot and its user's new statistics, both or neither, unless the snapshot is
    /// stored already or the statistics are no longer those that were `seen`.
    async fn store_snapshot(
        &self,
        saved: &SavedSnapshot,
        seen: Option<&Statistics>,
        new: &Statistics,
    ) -> Result<Stored>;
}
