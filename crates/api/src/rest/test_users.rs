//! Users for the tests of functions: Ada, and tokens that need no keys.

use app::Result;
use app::users::{FindProfile, Profile};
use async_trait::async_trait;
use domain::UserId;
use domain::user::{Email, Name};
use feed::{Authenticated, VerifyToken};

/// Ada, who registered this many milliseconds after the Unix epoch.
///
/// # Panics
/// Never: her name and address are valid.
#[must_use]
pub fn ada(registered_at_ms: u64) -> Profile {
    Profile {
        id: UserId::generate(registered_at_ms, &[7; 10]),
        name: Name::parse("Ada Lovelace").expect("a name"),
        email: Email::parse("Ada@example.com").expect("an address"),
        phone: None,
        preferences: Default::default(),
    }
}

/// Tokens: the token of a user is their id. It says nothing about whether they exist.
#[derive(Debug, Clone, Copy)]
pub struct TokenIsId;

/// The value of the `Authorization` header by which [`TokenIsId`] knows a user.
#[must_use]
pub fn bearer(user: UserId) -> String {
    format!("Bearer {user}")
}

#[async_trait]
impl VerifyToken for TokenIsId {
    async fn verify(&self, token: &str, now_ms: u64) -> feed::Result<Authenticated> {
        let user_id = UserId::parse(token)
            .map_err(|_| feed::Error::Unauthenticated("the token is malformed"))?;
        Ok(Authenticated {
            user_id,
            expires_at: now_ms / 1000 + 1,
            role: Default::default(),
        })
    }
}

/// All profiles that there are.
#[derive(Debug, Clone)]
pub struct Profiles(pub Vec<Profile>);

#[async_trait]
impl FindProfile for Profiles {
    async fn find_profile(&self, id: UserId) -> Result<Option<Profile>> {
        Ok(self.0.iter().find(|profile| profile.id == id).cloned())
    }
}
