//! Sessions: what lets somebody stay logged in longer than an access token lives.
//!
//! A session has one refresh token at a time, which is used once: using it makes the next. One that is used again later
//! was stolen, or its thief was faster, so the session ends. Within [`Sessions::GRACE_MS`] using it again gives the same
//! next token: an answer may be lost, and two tabs may ask at once.
//! (RFC 9700, 4.14.2: <https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2>.)

use std::fmt;

use uuid::{Builder, Uuid, Variant};

use crate::UserId;

#[cfg(test)]
mod tests;

/// Identifies a session: a UUID of version 7, which carries the instant at which somebody logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(Uuid);

/// That something is not the id of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a session: expected a UUID of version 7")]
pub struct SessionIdError;

impl SessionId {
    /// Makes the id of a session that begins at this instant, in milliseconds since the Unix epoch, from ten random bytes.
    #[must_use]
    pub fn generate(started_at_ms: u64, random: &[u8; 10]) -> Self {
        Self(Builder::from_unix_timestamp_millis(started_at_ms, random).into_uuid())
    }

    /// Takes a UUID that is of version 7.
    ///
    /// # Errors
    /// [`SessionIdError`] for every other version or variant.
    pub fn from_uuid(uuid: Uuid) -> Result<Self, SessionIdError> {
        if uuid.get_version_num() == 7 && uuid.get_variant() == Variant::RFC4122 {
            Ok(Self(uuid))
        } else {
            Err(SessionIdError)
        }
    }

    /// Reads the hyphenated form, in either case.
    ///
    /// # Errors
    /// [`SessionIdError`] if the text is anything else.
    pub fn parse(text: &str) -> Result<Self, SessionIdError> {
        if text.len() != UserId::TEXT_LEN {
            return Err(SessionIdError);
        }
        Self::from_uuid(Uuid::try_parse(text).map_err(|_| SessionIdError)?)
    }

    /// The UUID itself.
    #[must_use]
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }

    /// When the session began, in milliseconds since the Unix epoch.
    #[must_use]
    pub const fn started_at_ms(&self) -> u64 {
        (self.0.as_u128() >> 80) as u64
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What a refresh token says: whose it is, of which session, and the how manyth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshClaim {
    /// Who is logged in.
    pub user_id: UserId,
    /// The session.
    pub session: SessionId,
    /// How many tokens of the session came before it.
    pub counter: u32,
}

/// Somebody is logged in somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The number of its newest refresh token.
    pub counter: u32,
    /// When that was made, in milliseconds since the Unix epoch.
    pub used_at_ms: u64,
}

impl Session {
    /// So long after it was last used a session ends: 30 days.
    const IDLE_MS: u64 = 30 * 24 * 3_600_000;
    /// So long after somebody logged in they have to do so again: 180 days.
    const LIFETIME_MS: u64 = 180 * 24 * 3_600_000;

    /// When it ends unless it is used, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn ends_at_ms(&self) -> u64 {
        let idle = self.used_at_ms + Self::IDLE_MS;
        idle.min(self.id.started_at_ms() + Self::LIFETIME_MS)
    }
}

/// What comes of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// The next token of the session has this number.
    Next(u32),
    /// It has, and had before: nothing has changed.
    Repeated(u32),
    /// The token was used long ago. Its session has ended with that.
    Reused,
    /// There is no such session any more.
    Ended,
}

/// The sessions of one user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sessions(Vec<Session>);

impl Sessions {
    /// The most that one user may have: with another, the one that was not used for longest ends.
    pub const MAX: usize = 20;
    /// How long after a token was used it gives the same next token again, in milliseconds.
    pub const GRACE_MS: u64 = 30_000;

    /// Sessions as they were kept.
    #[must_use]
    pub fn new(sessions: Vec<Session>) -> Self {
        Self(sessions)
    }

    /// Begins a session, and gives the number of its first token.
    pub fn begin(&mut self, id: SessionId, now_ms: u64) -> u32 {
        self.drop_ended(now_ms);
        self.0.sort_by_key(|session| session.used_at_ms);
        let excess = (self.0.len() + 1).saturating_sub(Self::MAX);
        self.0.drain(..excess);
        self.0.push(Session {
            id,
            counter: 0,
            used_at_ms: now_ms,
        });
        0
    }

    /// Takes the token with this number for the next one.
    pub fn rotate(&mut self, id: SessionId, counter: u32, now_ms: u64) -> Rotation {
        self.drop_ended(now_ms);
        let Some(session) = self.0.iter_mut().find(|session| session.id == id) else {
            return Rotation::Ended;
        };
        if counter == session.counter {
            session.counter += 1;
            session.used_at_ms = now_ms;
            return Rotation::Next(session.counter);
        }
        let is_recent = now_ms.saturating_sub(session.used_at_ms) <= Self::GRACE_MS;
        if counter + 1 == session.counter && is_recent {
            return Rotation::Repeated(session.counter);
        }
        self.end(id);
        Rotation::Reused
    }

    /// Ends a session. `false` if there is none such.
    pub fn end(&mut self, id: SessionId) -> bool {
        let before = self.0.len();
        self.0.retain(|session| session.id != id);
        self.0.len() < before
    }

    /// Ends all sessions but this one.
    pub fn end_others(&mut self, kept: Option<SessionId>) {
        self.0.retain(|session| Some(session.id) == kept);
    }

    /// Those that have not ended, by when they began.
    #[must_use]
    pub fn active(&self, now_ms: u64) -> Vec<Session> {
        let mut active = self.0.clone();
        active.retain(|session| session.ends_at_ms() > now_ms);
        active.sort_by_key(|session| session.id);
        active
    }

    /// All that are kept.
    #[must_use]
    pub fn all(&self) -> &[Session] {
        &self.0
    }

    fn drop_ended(&mut self, now_ms: u64) {
        self.0.retain(|session| session.ends_at_ms() > now_ms);
    }
}
