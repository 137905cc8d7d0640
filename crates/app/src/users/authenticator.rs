use std::sync::Arc;

use async_trait::async_trait;
use domain::UserId;
use domain::user::Role;
use feed::{Authenticated, VerifyToken};

use super::{Profile, Users};
use crate::{Error, Result};

/// The user who makes a request: their token is valid, and they still exist. Only an [`Authenticator`] makes one, so what
/// takes one can't be reached by anybody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentUser {
    profile: Profile,
    role: Role,
}

impl CurrentUser {
    /// Who they are.
    #[must_use]
    pub const fn id(&self) -> UserId {
        self.profile.id
    }

    /// What they might do when the token was issued.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Their profile, as it was when they were authenticated.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }
}

/// Tells who makes a request.
pub struct Authenticator {
    /// Verifies the token itself.
    pub tokens: Box<dyn VerifyToken>,
    /// Who exists.
    pub users: Arc<dyn Users>,
}

impl Authenticator {
    /// The user whose token a request carries. It takes one read.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] without a valid token of a user who still exists; else as the ports.
    pub async fn authenticate(&self, token: Option<&str>, now_ms: u64) -> Result<CurrentUser> {
        let token = token.ok_or(Error::Unauthenticated("there is no bearer token"))?;
        let identity = self.tokens.verify(token, now_ms).await?;
        self.find(identity).await
    }

    async fn find(&self, identity: Authenticated) -> Result<CurrentUser> {
        let profile = self.users.find_profile(identity.user_id).await?;
        Ok(CurrentUser {
            profile: profile.ok_or(Error::USER_GONE)?,
            role: identity.role,
        })
    }
}

/// For connections, which outlive the request that they begin with.
#[async_trait]
impl VerifyToken for Authenticator {
    async fn verify(&self, token: &str, now_ms: u64) -> feed::Result<Authenticated> {
        let identity = self.tokens.verify(token, now_ms).await?;
        self.find(identity).await?;
        Ok(identity)
    }
}
