use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use feed::Clock;
use tokio::time::{Instant, sleep};

/// A clock that follows Tokio's time, which tests may pause, or one that stands still until it is set.
#[derive(Debug)]
pub struct TestClock {
    shown_ms: AtomicU64,
    running_since: Option<Instant>,
}

impl TestClock {
    /// A clock that shows this instant now, in Unix milliseconds, and goes on.
    #[must_use]
    pub fn running_from(now_ms: u64) -> Self {
        Self {
            shown_ms: now_ms.into(),
            running_since: Some(Instant::now()),
        }
    }

    /// A clock that shows this instant, in Unix milliseconds, until it is set.
    #[must_use]
    pub fn standing_at(now_ms: u64) -> Self {
        Self {
            shown_ms: now_ms.into(),
            running_since: None,
        }
    }

    /// Has a standing clock show this instant, in Unix milliseconds.
    pub fn set(&self, now_ms: u64) {
        self.shown_ms.store(now_ms, Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now_ms(&self) -> u64 {
        let elapsed = self.running_since.map_or(0, |since| {
            u64::try_from(since.elapsed().as_millis()).expect("a test is short")
        });
        self.shown_ms.load(Ordering::SeqCst) + elapsed
    }

    async fn sleep_until(&self, at_ms: u64) {
        if self.running_since.is_some() {
            sleep(Duration::from_millis(at_ms.saturating_sub(self.now_ms()))).await;
        } else {
            self.shown_ms.fetch_max(at_ms, Ordering::SeqCst);
        }
    }
}
