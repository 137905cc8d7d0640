use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// When a record last came to one of a trigger's consumers. The fetches that it came by are for all their partitions, so they
/// rest together.
pub(crate) struct Activity {
    start: Instant,
    last_ms: AtomicU64,
}

impl Activity {
    pub fn start() -> Self {
        Self {
            start: Instant::now(),
            last_ms: AtomicU64::default(),
        }
    }

    /// A record has come, or may at any moment.
    pub fn note(&self) {
        self.last_ms.store(self.now_ms(), Ordering::Relaxed);
    }

    /// How long none has come.
    pub fn pause(&self) -> Duration {
        let last_ms = self.last_ms.load(Ordering::Relaxed);
        Duration::from_millis(self.now_ms().saturating_sub(last_ms))
    }

    fn now_ms(&self) -> u64 {
        self.start.elapsed().as_millis() as u64
    }
}
