use async_trait::async_trait;

use crate::Result;

/// Tells whether what the platform stands on answers.
#[async_trait]
pub trait CheckHealth: Send + Sync {
    /// # Errors
    /// [`crate::Error::Unavailable`] or [`crate::Error::Internal`] if it doesn't.
    async fn check(&self) -> Result<()>;
}

/// Asks whether requests can be served at all.
///
/// # Errors
/// As [`CheckHealth::check`].
pub async fn check_health(dependency: &dyn CheckHealth) -> Result<()> {
    dependency.check().await
}
