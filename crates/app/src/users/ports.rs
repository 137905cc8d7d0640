use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use domain::user::{Email, Name, Phone, Preferences, Role};
use domain::{Network, UserId};

use super::names::{NamePlace, NamePrefix};
use crate::Result;

/// What is known of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The user's id, which carries the instant of registration.
    pub id: UserId,
    /// Name.
    pub name: Name,
    /// Email address as the user wrote it.
    pub email: Email,
    /// Telephone number, if given.
    pub phone: Option<Phone>,
    /// Which notifications the user wants.
    pub preferences: Preferences,
}

impl Profile {
    /// When the user registered, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn created_at_ms(&self) -> u64 {
        self.id.registered_at_ms()
    }
}

/// A user to be stored.
#[derive(Clone)]
pub struct NewUser {
    /// Everything but the password.
    pub profile: Profile,
    /// Argon2id in PHC string format.
    pub password_hash: String,
}

/// Shows the id alone, because the rest is personal.
impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser")
            .field("id", &self.profile.id)
            .finish_non_exhaustive()
    }
}

/// What a login is checked against.
#[derive(Clone)]
pub struct Login {
    /// Who logs in.
    pub user_id: UserId,
    /// Argon2id in PHC string format.
    pub password_hash: String,
    /// What the user may do.
    pub role: Role,
}

/// What a user wants to be different in their profile. By default nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileChange {
    /// A new name, if there is to be one.
    pub name: Option<Name>,
    /// What becomes of the telephone number.
    pub phone: PhoneChange,
    /// Which notifications they want from now on.
    pub preferences: PreferencesChange,
}

/// What becomes of a telephone number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum PhoneChange {
    /// It stays as it is, if there is one.
    #[default]
    Keep,
    /// There is none any more.
    Remove,
    /// This is it.
    To(Phone),
}

/// Which notifications somebody wants from now on; `None` is as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PreferencesChange {
    /// For every snapshot that is saved.
    pub snapshot_saved: Option<bool>,
    /// When a price alert fires.
    pub alert: Option<bool>,
}

/// That a user was deleted, and when. It is remembered until the user is erased everywhere, and for a while
/// longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// Who.
    pub user_id: UserId,
    /// When, in milliseconds since the Unix epoch.
    pub deleted_at_ms: u64,
}

/// The users of the platform: their profiles, their logins, the directory of them all, and who was deleted and is still
/// to be erased elsewhere.
#[async_trait]
pub trait Users: Send + Sync {
    /// Stores a user whole or not at all, together with the mark that their registration is still
    /// to be published.
    ///
    /// # Errors
    /// [`crate::Error::EmailTaken`] if another user has the address, in whatever case.
    async fn create_user(&self, user: &NewUser) -> Result<()>;

    /// The login of an email address in whatever case, if a user has it.
    async fn find_login(&self, email: &Email) -> Result<Option<Login>>;

    /// The profile of a user, if there is such a user. Strongly consistent.
    async fn find_profile(&self, id: UserId) -> Result<Option<Profile>>;

    /// The profiles of those of these users who exist, in any order.
    async fn find_profiles(&self, ids: &[UserId]) -> Result<Vec<Profile>>;

    /// Makes a change and gives the profile as it is then; `None`, and nothing changed, if there is no such
    /// user. What the change leaves alone may be changed by others at the same time.
    async fn change_profile(&self, id: UserId, change: &ProfileChange) -> Result<Option<Profile>>;

    /// The first users after this one in the order of ids, which is that of registration, at most so many.
    /// Eventually consistent: the newest may be missing, and somebody who is just gone may be there.
    async fn users_after(&self, after: Option<UserId>, at_most: u16) -> Result<Vec<UserId>>;

    /// The first users in the order of names, after a place, at most so many: all users, or those whose names begin so,
    /// as the place then does, too. As consistent.
    async fn users_named(
        &self,
        prefix: Option<&NamePrefix>,
        after: Option<&NamePlace>,
        at_most: u16,
    ) -> Result<Vec<(NamePlace, UserId)>>;

    /// Deletes profile and login and records the deletion, all or nothing. `false` if there is no such user.
    async fn delete_account(&self, deletion: &Deletion) -> Result<bool>;

    /// All deletions that are not finished. Eventually consistent: the newest may be missing.
    async fn unfinished_deletions(&self) -> Result<Vec<Deletion>>;

    /// Records that nothing is left of the user. Idempotent.
    async fn finish_deletion(&self, deletion: &Deletion) -> Result<()>;
}

/// Erases what is kept of a user somewhere: in one table, say.
#[async_trait]
pub trait EraseUser: Send + Sync {
    /// Erases all of it. Erasing again what is gone is harmless, and so is going on after a fault.
    async fn erase_user(&self, id: UserId) -> Result<()>;
}

/// Whose attempts are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttemptKey {
    /// The address that somebody tries to log in with, in lower case.
    pub email: String,
    /// From where; `None` is from everywhere together.
    pub network: Option<Network>,
}

/// What is remembered of attempts to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attempts {
    /// Attempts since the window began that have not turned out well (yet).
    pub failures: u32,
    /// When the window began, in milliseconds since the Unix epoch.
    pub window_ms: u64,
    /// The last attempt, in milliseconds since the Unix epoch.
    pub last_ms: u64,
    /// Until when the network counts as one that the user logs in from, in milliseconds since the Unix
    /// epoch; 0 if they never did.
    pub known_until_ms: u64,
}

/// A change to what is remembered, valid only if nobody else made one since it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAttempt {
    /// Whose attempts.
    pub key: AttemptKey,
    /// What was read; `None` if there was nothing.
    pub seen: Option<Attempts>,
    /// What takes its place.
    pub new: Attempts,
    /// When it may be forgotten, in seconds since the Unix epoch.
    pub expires_at: u64,
}

/// Attempts to log in, as far as they are counted.
#[async_trait]
pub trait LoginAttempts: Send + Sync {
    /// What is remembered, strongly consistent.
    async fn attempts(&self, key: &AttemptKey) -> Result<Option<Attempts>>;

    /// Makes all the changes or none of them; `false` if one of them was overtaken.
    async fn record_attempts(&self, changes: &[RecordedAttempt]) -> Result<bool>;
}

/// Proof of who the caller is, for the caller to keep.
#[derive(Clone)]
pub struct AccessToken {
    /// The token, opaque to the client.
    pub token: String,
    /// How long it is valid, in seconds.
    pub expires_in_secs: u64,
}

/// Issues access tokens.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// A token for a user with a role, valid from `now_ms` (milliseconds since the Unix epoch).
    async fn issue(&self, user: UserId, role: Role, now_ms: u64) -> Result<AccessToken>;
}

/// One that several use cases share.
#[async_trait]
impl<T: Tokens + ?Sized> Tokens for Arc<T> {
    async fn issue(&self, user: UserId, role: Role, now_ms: u64) -> Result<AccessToken> {
        (**self).issue(user, role, now_ms).await
    }
}
