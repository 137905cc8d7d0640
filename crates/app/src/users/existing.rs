use async_trait::async_trait;
use feed::{Authenticated, VerifyToken};

use super::FindProfile;
use crate::Error;

/// Verifies tokens and that their users still exist: for whatever doesn't read the profile anyway.
pub struct VerifyExisting {
    /// Verifies the token itself.
    pub tokens: Box<dyn VerifyToken>,
    /// Tells whether its user exists.
    pub profiles: Box<dyn FindProfile>,
}

#[async_trait]
impl VerifyToken for VerifyExisting {
    async fn verify(&self, token: &str, now_ms: u64) -> feed::Result<Authenticated> {
        let identity = self.tokens.verify(token, now_ms).await?;
        let profile = self.profiles.find_profile(identity.user_id).await?;
        profile
            .map(|_| identity)
            .ok_or_else(|| Error::USER_GONE.into())
    }
}
