use std::str::FromStr;

use domain::{SnapshotId, Statistics, UserId};

use super::ShowAnalytics;
use super::access::{check_exists, visible_user};
use crate::users::CurrentUser;
use crate::{Error, FieldError, Result};
use domain::SavedSnapshot;

/// How many snapshots a page has at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(u16);

/// Why something is not a page limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not a page limit: expected a whole number from 1 to {}",
    PageLimit::MAX
)]
pub struct PageLimitError;

impl PageLimit {
    /// The most snapshots of a page. With one more, which tells whether there is another page, they take a
    /// fiftieth of the 1 MB that DynamoDB reads at once.
    pub const MAX: u16 = 100;

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(50)
    }
}

impl FromStr for PageLimit {
    type Err = PageLimitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.parse().map_err(|_| PageLimitError)?;
        if (1..=Self::MAX).contains(&number) {
            Ok(Self(number))
        } else {
            Err(PageLimitError)
        }
    }
}

/// A place in one user's history: after this snapshot, the next older one comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Whose history.
    pub user_id: UserId,
    /// The last snapshot that was shown.
    pub after: SnapshotId,
}

/// Which part of whose history is asked for.
#[derive(Debug, Clone)]
pub struct HistoryRequest {
    /// The id as the caller gave it.
    pub user: String,
    /// Where the last page ended; none for the newest snapshots.
    pub cursor: Option<Cursor>,
    /// How many snapshots.
    pub limit: PageLimit,
}

/// What a user's snapshots amount to, with one page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAnalytics {
    /// Whose they are.
    pub user_id: UserId,
    /// What is known of all of them; none while there are none.
    pub statistics: Option<Statistics>,
    /// A page of them, newest first. It may hold one that was saved after the statistics were read.
    pub history: Vec<SavedSnapshot>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

impl ShowAnalytics {
    /// Shows the statistics of all snapshots of a user and one page of them: two reads at once, neither of
    /// which depends on how many snapshots there are.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for other people's data
    /// without the admin role, [`Error::UserNotFound`] if there is no such user, [`Error::Invalid`] if the
    /// cursor is from another user's history; else as the ports.
    pub async fn history(
        &self,
        current: &CurrentUser,
        request: &HistoryRequest,
    ) -> Result<UserAnalytics> {
        let user_id = visible_user(current, &request.user)?;
        let before = place_in_history_of(user_id, request.cursor)?;
        let limit = request.limit.get();
        let ((), statistics, mut history) = tokio::try_join!(
            check_exists(&*self.users, current, user_id),
            self.snapshots.statistics(user_id),
            // One more shows whether there is another page.
            self.snapshots.saved_before(user_id, before, limit + 1),
        )?;
        let has_more = history.len() > usize::from(limit);
        history.truncate(limit.into());
        let last = history.last().filter(|_| has_more);
        let next = last.map(|last| Cursor {
            user_id,
            after: last.snapshot.id,
        });
        Ok(UserAnalytics {
            user_id,
            statistics,
            history,
            next,
        })
    }
}

fn place_in_history_of(user_id: UserId, cursor: Option<Cursor>) -> Result<Option<SnapshotId>> {
    match cursor {
        Some(cursor) if cursor.user_id != user_id => Err(Error::Invalid(vec![FieldError {
            field: "cursor".to_owned(),
            detail: "is from another user's history: expected a `next_cursor` of this one's"
                .to_owned(),
        }])),
        Some(cursor) => Ok(Some(cursor.after)),
        None => Ok(None),
    }
}
