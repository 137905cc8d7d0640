use std::sync::Arc;

use async_trait::async_trait;
use feed::{Authenticated, VerifyToken};

use super::{Users, authenticate};
use crate::{Error, Result};

/// Tells who a caller is, and whether they still exist: for whatever doesn't read the profile anyway.
pub struct Authenticator {
    /// Verifies the token itself.
    pub tokens: Box<dyn VerifyToken>,
    /// Who exists.
    pub users: Arc<dyn Users>,
}

impl Authenticator {
    /// Who the caller is, if they still exist.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] without a valid token of a user who still exists; else as the ports.
    pub async fn authenticate(&self, token: Option<&str>, now_ms: u64) -> Result<Authenticated> {
        let caller = self.identify(token, now_ms).await?;
        self.check_exists(caller).await?;
        Ok(caller)
    }

    /// Who the caller is, by the token alone: for whoever checks at the same time as other things that they exist.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] without a valid token.
    pub async fn identify(&self, token: Option<&str>, now_ms: u64) -> Result<Authenticated> {
        authenticate(&*self.tokens, token, now_ms).await
    }

    /// Makes sure that a caller still exists.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] if they don't; else as the port.
    pub async fn check_exists(&self, caller: Authenticated) -> Result<()> {
        let profile = self.users.find_profile(caller.user_id).await?;
        profile.map(drop).ok_or(Error::USER_GONE)
    }
}

#[async_trait]
impl VerifyToken for Authenticator {
    async fn verify(&self, token: &str, now_ms: u64) -> feed::Result<Authenticated> {
        Ok(self.authenticate(Some(token), now_ms).await?)
    }
}
