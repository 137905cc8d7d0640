use async_trait::async_trait;
use domain::{SavedSnapshot, Snapshot, SnapshotId, Statistics, UserId};

use super::IdempotencyKey;
use crate::Result;

/// How far a snapshot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotStatus {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// When it was saved, in Unix milliseconds; `None` while it is not.
    pub saved_at_ms: Option<u64>,
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

/// Snapshots, from the moment that they are asked for, and the statistics of each user's saved ones.
#[async_trait]
pub trait Snapshots: Send + Sync {
    /// Records that a snapshot was asked for and puts it on the outbox, both or neither. Gives the snapshot that was
    /// recorded: this one, or the one that the same user asked for with the same key not too long ago.
    async fn reserve_snapshot(
        &self,
        snapshot: &Snapshot,
        key: Option<&IdempotencyKey>,
    ) -> Result<Snapshot>;

    /// Snapshots on the outbox: asked for, and yet to be published. At most so many, in no order. Eventually
    /// consistent: it may lack the newest and still show some that were taken off it.
    async fn snapshot_outbox(&self, at_most: u16) -> Result<Vec<Snapshot>>;

    /// Takes snapshots that were published off the outbox. Idempotent; after a failure some may still be on it.
    async fn clear_snapshot_outbox(&self, snapshots: &[Snapshot]) -> Result<()>;

    /// A snapshot that this user asked for, if it is saved or was asked for not too long ago.
    async fn find_snapshot(&self, user: UserId, id: SnapshotId) -> Result<Option<SnapshotStatus>>;

    /// The statistics of all saved snapshots of a user, if there is one, in a single read, strongly consistent.
    async fn statistics(&self, user: UserId) -> Result<Option<Statistics>>;

    /// Stores a snapshot and its user's new statistics, both or neither, unless the snapshot is
    /// stored already or the statistics are no longer those that were `seen`.
    async fn store_snapshot(
        &self,
        saved: &SavedSnapshot,
        seen: Option<&Statistics>,
        new: &Statistics,
    ) -> Result<Stored>;

    /// The newest saved snapshots, at most so many, newest first; of those older than `before` if it is given.
    /// A single read, strongly consistent. The order is that of ticks, then of ids.
    async fn saved_before(
        &self,
        user: UserId,
        before: Option<SnapshotId>,
        at_most: u16,
    ) -> Result<Vec<SavedSnapshot>>;
}
