//! The wall clock, read here so that nothing below a function has to.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use feed::Clock;

/// Milliseconds since the Unix epoch; 0 on a machine whose clock is before it.
#[must_use]
pub fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| {
            u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
        })
}

/// The wall clock as `app` wants it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        now_ms()
    }

    async fn sleep_until(&self, at_ms: u64) {
        // Timers follow another clock, which the wall clock may leave behind or overtake.
        loop {
            let now_ms = now_ms();
            if now_ms >= at_ms {
                return;
            }
            let longest = Duration::from_secs(1);
            tokio::time::sleep(Duration::from_millis(at_ms - now_ms).min(longest)).await;
        }
    }
}
