use std::time::Duration;

use backon::{Backoff, BackoffBuilder as _, ExponentialBuilder};

/// Pauses between the eight attempts at a request that met a transaction or a busy table. Full jitter, which
/// backon's own is not, so that writers that met once don't meet again.
pub(crate) fn pauses() -> impl Backoff {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(20))
        .with_max_delay(Duration::from_millis(640))
        .with_max_times(7)
        .build()
        .map(|longest| rand::random_range(Duration::ZERO..=longest))
}
