use async_trait::async_trait;
use domain::{SnapshotId, Statistics, UserId};

use crate::Result;
use domain::SavedSnapshot;

/// Reads what is saved of a user's snapshots.
#[async_trait]
pub trait ReadHistory: Send + Sync {
    /// The statistics of all snapshots, if there is one, in a single read, strongly consistent.
    async fn read_statistics(&self, user: UserId) -> Result<Option<Statistics>>;

    /// The newest snapshots, at most so many, newest first; of those older than `before` if it is given.
    /// A single read, strongly consistent. The order is that of ticks, then of ids.
    async fn read_page(
        &self,
        user: UserId,
        before: Option<SnapshotId>,
        at_most: u16,
    ) -> Result<Vec<SavedSnapshot>>;
}
