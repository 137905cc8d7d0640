use async_trait::async_trait;

/// The wall clock.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;

    /// Returns when the clock shows at least this many milliseconds since the Unix epoch.
    async fn sleep_until(&self, at_ms: u64);
}
