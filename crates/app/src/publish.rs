use async_trait::async_trait;

use crate::Result;

/// Publishes events of one kind, each to the topic of its kind.
#[async_trait]
pub trait Publish<T: Sync>: Send + Sync {
    /// Returns once the event is acknowledged. Publishing it again is harmless.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] within seconds if it is not acknowledged.
    async fn publish(&self, event: &T) -> Result<()>;
}
