use std::sync::Arc;

use async_trait::async_trait;
use domain::{Tick, UserId};
use tokio::sync::Mutex;

use crate::error::Result;

/// Looks users up.
#[async_trait]
pub trait FindUsers: Send + Sync {
    /// Those of the users that don't exist, in the order given.
    async fn unknown_users(&self, users: &[UserId]) -> Result<Vec<UserId>>;

    /// All users, in no order; `None` if there are more than `limit`.
    async fn all_users(&self, limit: usize) -> Result<Option<Vec<UserId>>>;
}

/// All users, or that there are too many of them.
pub type Everyone = Option<Arc<[UserId]>>;

/// All users, kept between messages so that many clients that join at once share one reading.
pub struct UserList {
    users: Arc<dyn FindUsers>,
    limit: usize,
    /// Held while the users are read: others want the very same.
    last: Mutex<Option<(u64, Everyone)>>,
}

impl UserList {
    /// A list that reads at most `limit` users.
    #[must_use]
    pub fn new(users: Arc<dyn FindUsers>, limit: usize) -> Self {
        Self {
            users,
            limit,
            last: Mutex::new(None),
        }
    }

    /// The largest number of users at which they are read.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// All users as read no earlier than `tick` began: they include whoever publishes a price at it.
    /// `None` if there are more than the limit.
    pub async fn since(&self, tick: Tick, now_ms: u64) -> Result<Everyone> {
        let mut last = self.last.lock().await;
        if let Some((read_at_ms, everyone)) = &*last
            && *read_at_ms >= tick.starts_at_ms()
        {
            return Ok(everyone.clone());
        }
        let everyone: Everyone = self.users.all_users(self.limit).await?.map(Into::into);
        *last = Some((now_ms, everyone.clone()));
        Ok(everyone)
    }
}
