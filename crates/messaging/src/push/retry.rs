use std::time::Duration;

use tokio::time::Instant;

use super::post_error::PostError;

/// The longest pause before the first retry; it doubles with each one.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
/// The longest pause before any retry.
pub(super) const MAX_BACKOFF: Duration = Duration::from_secs(1);

/// Attempts until one succeeds or its failure is final; no attempt begins later than `budget` from now. Pauses are
/// drawn evenly between nothing and their limit ("full jitter", which backon doesn't have), so that those who were
/// throttled together don't come back together.
pub(super) async fn within<F: Future<Output = Result<(), PostError>>>(
    budget: Duration,
    attempt: impl Fn() -> F,
) -> Result<(), PostError> {
    let deadline = Instant::now() + budget;
    let mut longest = FIRST_BACKOFF;
    loop {
        let Err(error) = attempt().await else {
            return Ok(());
        };
        let next = Instant::now() + rand::random_range(Duration::ZERO..=longest);
        if !error.is_transient() || next >= deadline {
            return Err(error);
        }
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "a post failed, trying it again"
        );
        tokio::time::sleep_until(next).await;
        longest = (longest * 2).min(MAX_BACKOFF);
    }
}

#[cfg(test)]
mod tests;
