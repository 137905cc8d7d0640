use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::UserId;
use feed::{Clock, EraseConnections};
use futures_util::{StreamExt as _, stream};
use tokio::time::timeout;
use tracing::{error, info};

use super::{Deletion, EraseUser, Users};
use crate::{Causes, Result};

/// How long after a deletion something may still be written about the user: longer than any invocation
/// lasts that found them in existence (30 s), and than indexes lag behind. So an erasure is the last only if it
/// begins later than that.
const SETTLE_MS: u64 = 60_000;
/// Users who are erased at the same time.
const AT_A_TIME: usize = 4;
/// How long before its deadline a run ends.
const STOP_MARGIN_MS: u64 = 5_000;

/// Finishes the erasure of users who were deleted.
pub struct EraseUsers {
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Who was deleted.
    pub users: Arc<dyn Users>,
    /// Everything that is kept of users.
    pub places: Box<dyn EraseUser>,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ErasureReport {
    /// Users of whom nothing is left, for good.
    pub finished: usize,
    /// Users who are to be erased again: something may yet be written about them, or time was up.
    pub waiting: usize,
    /// Users who could not be erased because of a fault. They are tried again too.
    pub failed: usize,
}

enum Outcome {
    Finished,
    Waiting,
    Failed,
}

impl EraseUsers {
    /// Erases everybody whose erasure is not finished, as far as that can be done before `deadline_ms`
    /// (milliseconds since the Unix epoch). May be repeated and may be interrupted anywhere.
    ///
    /// # Errors
    /// If it can't be told who was deleted.
    pub async fn run(&self, deadline_ms: u64) -> Result<ErasureReport> {
        let started_ms = self.clock.now_ms();
        let stop_at_ms = deadline_ms.saturating_sub(STOP_MARGIN_MS);
        let unfinished = self.users.unfinished_deletions().await?;
        let mut outcomes = stream::iter(&unfinished)
            .map(|deletion| self.erase(deletion, started_ms, stop_at_ms))
            .buffer_unordered(AT_A_TIME);
        let mut report = ErasureReport::default();
        while let Some(outcome) = outcomes.next().await {
            match outcome {
                Outcome::Finished => report.finished += 1,
                Outcome::Waiting => report.waiting += 1,
                Outcome::Failed => report.failed += 1,
            }
        }
        Ok(report)
    }

    async fn erase(&self, deletion: &Deletion, started_ms: u64, stop_at_ms: u64) -> Outcome {
        let user_id = deletion.user_id;
        let left_ms = stop_at_ms.saturating_sub(self.clock.now_ms());
        let erasing = async {
            self.places.erase_user(user_id).await?;
            let is_settled = deletion.deleted_at_ms + SETTLE_MS <= started_ms;
            if is_settled {
                self.users.finish_deletion(deletion).await?;
            }
            Ok(is_settled)
        };
        match timeout(Duration::from_millis(left_ms), erasing).await {
            Ok(Ok(true)) => {
                info!(%user_id, "deleted user erased");
                Outcome::Finished
            }
            Ok(Ok(false)) => Outcome::Waiting,
            Ok(Err(error)) => {
                let error: crate::Error = error;
                error!(%user_id, error = %Causes(&error), "deleted user not erased, retrying in the next run");
                Outcome::Failed
            }
            Err(_) => {
                info!(%user_id, "deleted user not erased in time, continuing in the next run");
                Outcome::Waiting
            }
        }
    }
}

#[async_trait]
impl EraseUser for EraseConnections {
    async fn erase_user(&self, id: UserId) -> Result<()> {
        Ok(self.close_all(id).await?)
    }
}
