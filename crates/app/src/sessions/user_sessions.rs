use std::sync::Arc;

use domain::UserId;
use domain::session::{RefreshClaim, Rotation, Session, SessionId, Sessions};

use super::{SessionStore, TRIES, Written, overtaken};
use crate::users::{AccessToken, CurrentUser, Profile, Tokens, Users};
use crate::{Error, Result};

/// Begins, continues, shows and ends the sessions of users.
pub struct UserSessions {
    /// Where they are kept.
    pub store: Arc<dyn SessionStore>,
    /// Whose they are.
    pub users: Arc<dyn Users>,
    /// Issues the access tokens.
    pub tokens: Arc<dyn Tokens>,
}

/// What a refresh token was exchanged for.
#[derive(Clone)]
pub struct Refreshed {
    /// A new access token.
    pub access: AccessToken,
    /// What the next refresh token says.
    pub claim: RefreshClaim,
}

impl UserSessions {
    /// Begins a session of a user who has just logged in.
    ///
    /// # Errors
    /// [`Error::USER_GONE`] if the user is deleted at this moment; else as the port.
    pub async fn begin(&self, user: UserId, id: SessionId, now_ms: u64) -> Result<RefreshClaim> {
        let begin = |sessions: &mut Sessions| (sessions.begin(id, now_ms), true);
        let counter = self.change(user, begin).await?;
        Ok(RefreshClaim {
            user_id: user,
            session: id,
            counter,
        })
    }

    /// Exchanges a refresh token for an access token and the next refresh token. The access token has the role that the
    /// user has by now.
    ///
    /// # Errors
    /// [`Error::SessionEnded`] if the session has ended, or ends because the token was used before; else as the ports.
    pub async fn refresh(&self, claim: RefreshClaim, now_ms: u64) -> Result<Refreshed> {
        let profile = self.users.find_profile(claim.user_id).await?;
        let profile = profile.ok_or(Error::SessionEnded)?;
        let rotation = self.rotate(claim, now_ms).await?;
        let counter = match rotation {
            Rotation::Next(counter) | Rotation::Repeated(counter) => counter,
            Rotation::Ended => return Err(Error::SessionEnded),
            Rotation::Reused => {
                let (user_id, session) = (claim.user_id, claim.session);
                tracing::warn!(%user_id, %session, "a refresh token was used a second time, its session has ended");
                return Err(Error::SessionEnded);
            }
        };
        Ok(Refreshed {
            access: self.issue(&profile, now_ms).await?,
            claim: RefreshClaim { counter, ..claim },
        })
    }

    /// Ends the session of a refresh token, whether it is the newest or not. Ending what has ended is as good.
    ///
    /// # Errors
    /// As the port.
    pub async fn log_out(&self, claim: RefreshClaim) -> Result<()> {
        match self.end(claim.user_id, claim.session).await {
            // Its sessions went with the user.
            Ok(_) | Err(Error::Unauthenticated(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The sessions of a user that have not ended, by when they began.
    ///
    /// # Errors
    /// As the port.
    pub async fn list(&self, user: &CurrentUser, now_ms: u64) -> Result<Vec<Session>> {
        let kept = self.store.sessions(user.id()).await?;
        Ok(kept.sessions.active(now_ms))
    }

    /// Ends a session of a user, named by text that may be anything.
    ///
    /// # Errors
    /// [`Error::SessionNotFound`] if the user has none such; else as the port.
    pub async fn end_one(&self, user: &CurrentUser, id: &str) -> Result<()> {
        let id = SessionId::parse(id).map_err(|_| Error::SessionNotFound)?;
        let was_there = self.end(user.id(), id).await?;
        if was_there {
            Ok(())
        } else {
            Err(Error::SessionNotFound)
        }
    }

    /// Ends all sessions of a user.
    ///
    /// # Errors
    /// As the port.
    pub async fn end_all(&self, user: &CurrentUser) -> Result<()> {
        let end = |sessions: &mut Sessions| {
            let has_any = !sessions.all().is_empty();
            sessions.end_others(None);
            ((), has_any)
        };
        self.change(user.id(), end).await
    }

    async fn end(&self, user: UserId, id: SessionId) -> Result<bool> {
        let end = |sessions: &mut Sessions| {
            let was_there = sessions.end(id);
            (was_there, was_there)
        };
        self.change(user, end).await
    }

    async fn rotate(&self, claim: RefreshClaim, now_ms: u64) -> Result<Rotation> {
        let rotate = |sessions: &mut Sessions| {
            let rotation = sessions.rotate(claim.session, claim.counter, now_ms);
            let is_change = matches!(rotation, Rotation::Next(_) | Rotation::Reused);
            (rotation, is_change)
        };
        match self.change(claim.user_id, rotate).await {
            Err(Error::Unauthenticated(_)) => Err(Error::SessionEnded),
            rotated => rotated,
        }
    }

    /// Makes a change, which says whether there is anything to keep.
    async fn change<T>(
        &self,
        user: UserId,
        change: impl Fn(&mut Sessions) -> (T, bool),
    ) -> Result<T> {
        for _ in 0..TRIES {
            let mut kept = self.store.sessions(user).await?;
            let (outcome, is_change) = change(&mut kept.sessions);
            if !is_change {
                return Ok(outcome);
            }
            match self.store.keep_sessions(user, &kept).await? {
                Written::Done => return Ok(outcome),
                Written::Overtaken => {}
                Written::UserGone => return Err(Error::USER_GONE),
            }
        }
        Err(overtaken())
    }

    async fn issue(&self, profile: &Profile, now_ms: u64) -> Result<AccessToken> {
        let login = self.users.find_login(&profile.email).await?;
        let login = login.filter(|login| login.user_id == profile.id);
        let login = login.ok_or(Error::SessionEnded)?;
        self.tokens.issue(profile.id, login.role, now_ms).await
    }
}
