use std::sync::Arc;

use domain::Network;
use domain::session::SessionId;
use domain::user::Password;

use super::{PasswordReplacement, SessionStore, TRIES, Written, overtaken};
use crate::users::{CurrentUser, LoginAttempts, Users, admit_attempt, password};
use crate::{Error, Result};

/// Changes the passwords of users.
pub struct ChangePassword {
    /// Where logins are found.
    pub users: Arc<dyn Users>,
    /// Where wrong passwords are counted.
    pub attempts: Arc<dyn LoginAttempts>,
    /// Where the password is kept, with the sessions.
    pub store: Arc<dyn SessionStore>,
}

/// A password that is to take another's place.
#[derive(Clone)]
pub struct NewPassword {
    /// The one that the user has, as typed.
    pub current: String,
    /// The one that takes its place.
    pub new: Password,
    /// Where the user comes from.
    pub network: Network,
    /// The session that goes on.
    pub session: Option<SessionId>,
}

impl ChangePassword {
    /// Changes the password of a user and ends all their other sessions. Access tokens last as long as they were issued for.
    ///
    /// # Errors
    /// [`Error::WrongPassword`] if the current one is another; [`Error::TooManyAttempts`] if too many were; else as the
    /// ports.
    pub async fn change(&self, user: &CurrentUser, wanted: NewPassword, now_ms: u64) -> Result<()> {
        let email = &user.profile().email;
        let attempts = &*self.attempts;
        let admitted = admit_attempt(attempts, &email.key(), wanted.network, now_ms).await?;
        let login = self.users.find_login(email).await?;
        let login = login.filter(|login| login.user_id == user.id());
        let seen_hash = login.ok_or(Error::USER_GONE)?.password_hash;
        if !password::verify(wanted.current, Some(seen_hash.clone())).await? {
            return Err(Error::WrongPassword);
        }
        let replacement = PasswordReplacement {
            email: email.clone(),
            seen_hash,
            new_hash: password::hash(wanted.new).await?,
        };
        self.replace(user, &replacement, wanted.session).await?;
        if let Err(error) = admitted.succeeded(attempts, now_ms).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "password changed, but counted as a failed attempt");
        }
        Ok(())
    }

    async fn replace(
        &self,
        user: &CurrentUser,
        replacement: &PasswordReplacement,
        kept: Option<SessionId>,
    ) -> Result<()> {
        for _ in 0..TRIES {
            let mut sessions = self.store.sessions(user.id()).await?;
            sessions.sessions.end_others(kept);
            let replaced = self
                .store
                .replace_password(user.id(), &sessions, replacement);
            match replaced.await? {
                Written::Done => return Ok(()),
                Written::UserGone => return Err(Error::USER_GONE),
                Written::Overtaken => {
                    let login = self.users.find_login(&replacement.email).await?;
                    let hash = login.ok_or(Error::USER_GONE)?.password_hash;
                    if hash != replacement.seen_hash {
                        return Err(Error::WrongPassword);
                    }
                }
            }
        }
        Err(overtaken())
    }
}
