use std::time::Duration;

use tokio::time::Instant;

use super::Fault;

/// The longest wait before the first retry; it doubles with each one.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
/// The longest wait before any retry.
pub(super) const MAX_BACKOFF: Duration = Duration::from_secs(1);

/// The pauses between attempts within a budget. They are drawn evenly between nothing and their limit
/// ("full jitter"), so that those who were throttled together don't come back together.
pub(super) struct Retries {
    deadline: Instant,
    longest_wait: Duration,
}

impl Retries {
    /// Retries may start until `budget` from now.
    pub(super) fn within(budget: Duration) -> Self {
        Self {
            deadline: Instant::now() + budget,
            longest_wait: FIRST_BACKOFF,
        }
    }

    /// Waits until the next attempt should be made.
    ///
    /// # Errors
    /// Gives the fault back if it is final, or if the next attempt would start after the budget.
    pub(super) async fn pause_after(&mut self, fault: Fault) -> Result<(), Fault> {
        if !fault.is_transient() {
            return Err(fault);
        }
        let next = Instant::now() + rand::random_range(Duration::ZERO..=self.longest_wait);
        if next >= self.deadline {
            return Err(fault);
        }
        tracing::debug!(
            error = &fault as &dyn std::error::Error,
            "a post is tried again"
        );
        tokio::time::sleep_until(next).await;
        self.longest_wait = (self.longest_wait * 2).min(MAX_BACKOFF);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_grow_to_a_limit_and_end_with_the_budget() {
        let budget = Duration::from_secs(300);
        let start = Instant::now();
        let mut retries = Retries::within(budget);
        let mut waits = Vec::new();
        loop {
            let before = Instant::now();
            if retries.pause_after(Fault::Throttled).await.is_err() {
                break;
            }
            waits.push(before.elapsed());
        }
        assert!(start.elapsed() <= budget);
        // Timers of tokio have a resolution of a millisecond.
        let slack = Duration::from_millis(1);
        for (wait, limit_ms) in waits.iter().zip([50, 100, 200, 400, 800]) {
            assert!(
                *wait <= Duration::from_millis(limit_ms) + slack,
                "{waits:?}"
            );
        }
        assert!(waits.iter().all(|wait| *wait <= MAX_BACKOFF + slack));
        // Some 600 waits of half a second on average fill the budget.
        assert!((450..800).contains(&waits.len()), "{}", waits.len());
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_budget_there_is_no_retry() {
        let mut retries = Retries::within(Duration::ZERO);
        assert!(matches!(
            retries.pause_after(Fault::Throttled).await,
            Err(Fault::Throttled)
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn only_faults_that_may_pass_are_retried() {
        let answer = |status| Fault::Answer {
            status,
            message: String::new(),
        };
        let mut retries = Retries::within(Duration::from_secs(60));
        for transient in [
            Fault::Throttled,
            Fault::Timeout,
            answer(StatusCode::INTERNAL_SERVER_ERROR),
            answer(StatusCode::SERVICE_UNAVAILABLE),
        ] {
            assert!(retries.pause_after(transient).await.is_ok());
        }
        for fatal in [
            Fault::Gone,
            answer(StatusCode::BAD_REQUEST),
            answer(StatusCode::FORBIDDEN),
            answer(StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            assert!(retries.pause_after(fatal).await.is_err());
        }
    }
}
