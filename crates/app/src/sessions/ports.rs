use async_trait::async_trait;
use domain::UserId;
use domain::session::Sessions;
use domain::user::Email;

use crate::Result;

/// The sessions of a user as they were read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeptSessions {
    /// The sessions, also those that have ended meanwhile.
    pub sessions: Sessions,
    /// How often they were written before.
    pub version: u64,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is done.
    Done,
    /// Somebody else wrote since it was read: nothing has changed.
    Overtaken,
    /// There is no such user any more: nothing has changed.
    UserGone,
}

/// Another password for a login.
#[derive(Clone)]
pub struct PasswordReplacement {
    /// The login.
    pub email: Email,
    /// The hash that is to be replaced.
    pub seen_hash: String,
    /// The hash that takes its place.
    pub new_hash: String,
}

/// The sessions of users. They are deleted with the account.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// All sessions of a user; strongly consistent.
    async fn sessions(&self, user: UserId) -> Result<KeptSessions>;

    /// Keeps these in place of those that were read, if nobody has written since and the user exists.
    async fn keep_sessions(&self, user: UserId, sessions: &KeptSessions) -> Result<Written>;

    /// The same, and replaces the password with it, if that is still the one that was seen: both or nothing.
    async fn replace_password(
        &self,
        user: UserId,
        sessions: &KeptSessions,
        password: &PasswordReplacement,
    ) -> Result<Written>;
}
