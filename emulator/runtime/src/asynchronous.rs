//! Asynchronous invocations: Lambda queues the event, and tries until the function has processed it, or the event is given up
//! (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>).

use std::time::Duration;

use emulator_template::model::AsyncPolicy;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::invoke::InvokeError;

#[cfg(test)]
mod tests;

/// How long Lambda waits before an event is retried on which the function failed.
const RETRY_PAUSES: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];
/// How long it waits after a throttled attempt: the first pause, doubled each time up to the last.
const THROTTLED_PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(300)];

/// Why an event was dropped.
#[derive(Debug, thiserror::Error)]
pub enum Dropped {
    /// The function failed on it too often.
    #[error("all attempts failed ({attempts}), the last one: {last}")]
    Failed {
        /// How often it was tried.
        attempts: usize,
        /// The last failure.
        last: InvokeError,
    },
    /// It would be older than events may get.
    #[error("the event would be older than {max_age:?} at the next attempt; the last one: {last}")]
    TooOld {
        /// How old it may get.
        max_age: Duration,
        /// Why the last attempt was in vain.
        last: InvokeError,
    },
    /// The emulator stops.
    #[error("the emulator is stopping")]
    Stopping,
}

/// Attempts until the event is processed, or dropped as the function's policy says. What still waits at the end of `stop` is
/// dropped, too.
pub(crate) async fn deliver<T, F>(
    policy: AsyncPolicy,
    stop: &CancellationToken,
    mut attempt: impl FnMut() -> F,
) -> Result<T, Dropped>
where
    F: Future<Output = Result<T, InvokeError>>,
{
    let queued = Instant::now();
    let (mut failed, mut throttled) = (0, 0);
    loop {
        let last = match attempt().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let pause = match &last {
            InvokeError::Stopping => return Err(Dropped::Stopping),
            InvokeError::Throttled(_) | InvokeError::Unavailable { .. } => {
                throttled += 1;
                throttled_pause(throttled)
            }
            InvokeError::TimedOut { .. }
            | InvokeError::Failed { .. }
            | InvokeError::Crashed { .. } => {
                failed += 1;
                let retries = RETRY_PAUSES.iter().take(policy.max_retries.into());
                match retries.copied().nth(failed - 1) {
                    Some(pause) => pause,
                    None => {
                        return Err(Dropped::Failed {
                            attempts: failed,
                            last,
                        });
                    }
                }
            }
        };
        if queued.elapsed() + pause > policy.max_age {
            return Err(Dropped::TooOld {
                max_age: policy.max_age,
                last,
            });
        }
        tracing::debug!("{last}: the event is retried in {pause:?}");
        if stop.run_until_cancelled(sleep(pause)).await.is_none() {
            return Err(Dropped::Stopping);
        }
    }
}

fn throttled_pause(throttled: u32) -> Duration {
    let [first, longest] = THROTTLED_PAUSES;
    let factor = 1_u32.checked_shl(throttled - 1).unwrap_or(u32::MAX);
    first.saturating_mul(factor).min(longest)
}
