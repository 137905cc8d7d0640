use std::sync::Arc;

use async_trait::async_trait;
use domain::UserId;
use domain::user::Role;

use crate::error::Result;

/// The caller's identity, as an access token proves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authenticated {
    /// The user that the token was issued to. They may have been deleted since.
    pub user_id: UserId,
    /// From when the token is no longer valid, in seconds since the Unix epoch.
    pub expires_at: u64,
    /// What they might do when the token was issued: a change takes effect with the next login.
    pub role: Role,
}

/// Verifies access tokens.
#[async_trait]
pub trait VerifyToken: Send + Sync {
    /// Checks a token at `now_ms` (milliseconds since the Unix epoch).
    ///
    /// # Errors
    /// [`crate::Error::Unauthenticated`] with the check that it failed.
    async fn verify(&self, token: &str, now_ms: u64) -> Result<Authenticated>;
}

/// One that several use cases share.
#[async_trait]
impl<T: VerifyToken + ?Sized> VerifyToken for Arc<T> {
    async fn verify(&self, token: &str, now_ms: u64) -> Result<Authenticated> {
        (**self).verify(token, now_ms).await
    }
}
