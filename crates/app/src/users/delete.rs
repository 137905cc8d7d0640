use std::sync::Arc;
use std::time::Duration;

use domain::UserId;
use futures_util::future::join_all;
use tokio::time::timeout;
use tracing::{info, warn};

use async_trait::async_trait;

use super::{CurrentUser, Deletion, EraseUser, Users};
use crate::{Causes, Error, Result};

/// How long the one who asks waits for the erasure. What is left then is erased by [`super::EraseUsers`].
const ERASE_BUDGET: Duration = Duration::from_secs(5);

/// Erases users everywhere: all of these places at once.
pub struct EraseEverywhere(pub Vec<Box<dyn EraseUser>>);

#[async_trait]
impl EraseUser for EraseEverywhere {
    /// A fault in one place keeps no other from being erased. The first fault is returned, others are logged.
    async fn erase_user(&self, id: UserId) -> Result<()> {
        let erasing = self.0.iter().map(|place| place.erase_user(id));
        let mut faults = join_all(erasing).await.into_iter().filter_map(Result::err);
        let first = faults.next();
        for fault in faults {
            warn!(user_id = %id, error = %Causes(&fault), "user not erased from another place either");
        }
        first.map_or(Ok(()), Err)
    }
}

/// Deletes users.
pub struct DeleteUser {
    /// Where accounts are deleted.
    pub users: Arc<dyn Users>,
    /// Everything else that is kept of users.
    pub places: Box<dyn EraseUser>,
}

impl DeleteUser {
    /// Deletes a user. When this returns, nobody can log in as them or use their tokens, and their address
    /// can register again. As much of what else is kept of them as can be is erased; the rest
    /// follows, whatever happens to this process.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] if somebody else deletes the user at this moment; else as the port that
    /// deletes the account. Then nothing has changed, or everything: asking again tells.
    pub async fn delete(&self, user: &CurrentUser, now_ms: u64) -> Result<()> {
        let user_id = user.id();
        let deletion = Deletion {
            user_id,
            deleted_at_ms: now_ms,
        };
        if !self.users.delete_account(&deletion).await? {
            return Err(Error::USER_GONE);
        }
        match timeout(ERASE_BUDGET, self.places.erase_user(user_id)).await {
            Ok(Ok(())) => info!(%user_id, "user deleted"),
            // The deletion is on record: what is left is no failure, only late.
            Ok(Err(error)) => {
                warn!(%user_id, error = %Causes(&error), "user deleted, but not erased everywhere: erase-users retries");
            }
            Err(_) => {
                info!(%user_id, "user deleted, not erased everywhere in time: erase-users continues")
            }
        }
        Ok(())
    }
}
