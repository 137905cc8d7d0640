use std::sync::Arc;

use app::Result;
use app::users::{AccessToken, Authenticator, CurrentUser, NewUser, Profile, Tokens, Users};
use async_trait::async_trait;
use domain::UserId;
use domain::user::{Email, Name, Role};
use feed::{Authenticated, VerifyToken};

/// The id of a user of this number who registered at this instant, in Unix milliseconds.
#[must_use]
pub fn user_id(registered_at_ms: u64, number: u8) -> UserId {
    UserId::generate(registered_at_ms, &[number; 10])
}

/// A user with this id and an address of their own. Nobody can log in as them.
#[must_use]
pub fn new_user(id: UserId) -> NewUser {
    NewUser {
        profile: Profile {
            id,
            name: Name::parse("Ada Lovelace").expect("a name"),
            email: Email::parse(&format!("{id}@example.com")).expect("an address"),
            phone: None,
            preferences: Default::default(),
        },
        password_hash: "none".to_owned(),
    }
}

/// Tokens that need no keys: the token of a user is their id, that of an admin says so. Neither says whether they
/// exist.
#[derive(Debug, Clone, Copy)]
pub struct TestTokens;

/// The token of an admin.
#[must_use]
pub fn admin_token(id: UserId) -> String {
    format!("admin {id}")
}

/// The user of a [test token](TestTokens), if they exist.
///
/// # Errors
/// As [`Authenticator::authenticate`].
pub async fn current_user(users: impl Users + 'static, token: &str) -> Result<CurrentUser> {
    let authenticator = Authenticator {
        tokens: Box::new(TestTokens),
        users: Arc::new(users),
    };
    authenticator.authenticate(Some(token), 0).await
}

#[async_trait]
impl VerifyToken for TestTokens {
    async fn verify(&self, token: &str, now_ms: u64) -> feed::Result<Authenticated> {
        let (role, id) = match token.strip_prefix("admin ") {
            Some(id) => (Role::Admin, id),
            None => (Role::User, token),
        };
        let user_id = UserId::parse(id)
            .map_err(|_| feed::Error::Unauthenticated("the token is malformed"))?;
        Ok(Authenticated {
            user_id,
            expires_at: now_ms / 1000 + 3600,
            role,
        })
    }
}

#[async_trait]
impl Tokens for TestTokens {
    async fn issue(&self, user: UserId, _role: Role, _now_ms: u64) -> Result<AccessToken> {
        Ok(AccessToken {
            token: user.to_string(),
            expires_in_secs: 3600,
        })
    }
}
