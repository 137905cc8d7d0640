use domain::user::Email;
use domain::{Network, UserId};

use super::{AccessToken, LoginAttempts, Tokens, Users, password, throttle};
use crate::{Error, Result};

/// What somebody logs in with.
#[derive(Clone)]
pub struct Credentials {
    /// Email address, in whatever case.
    pub email: Email,
    /// The password as typed: rules for new passwords don't apply, a wrong one is just wrong.
    pub password: String,
    /// Where they come from.
    pub network: Network,
}

/// Somebody who has logged in.
#[derive(Clone)]
pub struct LoggedIn {
    /// Who it is.
    pub user_id: UserId,
    /// Proof of it.
    pub token: AccessToken,
}

/// Exchanges an email address and its password for an access token.
///
/// An unknown address takes the same reads, the same writes and the same hashing as a wrong password.
///
/// # Errors
/// [`Error::TooManyAttempts`] if too many have failed, [`Error::InvalidCredentials`] if the address is
/// unknown or the password wrong; else as the ports.
pub async fn login_user(
    users: &dyn Users,
    attempts: &dyn LoginAttempts,
    tokens: &dyn Tokens,
    credentials: Credentials,
    now_ms: u64,
) -> Result<LoggedIn> {
    let Credentials {
        email,
        password,
        network,
    } = credentials;
    let admitted = throttle::admit(attempts, &email.key(), network, now_ms).await?;
    let login = users.find_login(&email).await?;
    let hash = login.as_ref().map(|login| login.password_hash.clone());
    let matches = password::verify(password, hash).await?;
    let Some(login) = login.filter(|_| matches) else {
        return Err(Error::InvalidCredentials);
    };
    let token = tokens.issue(login.user_id, login.role, now_ms).await?;
    if let Err(error) = admitted.succeeded(attempts, now_ms).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "login succeeded, but stays counted as a failed attempt"
        );
    }
    Ok(LoggedIn {
        user_id: login.user_id,
        token,
    })
}
