//! When a batch is complete.

use std::time::{Duration, Instant};

#[cfg(test)]
mod tests;

/// Without a batching window a batch ends when no record came for this long: it is longer than the
/// embedded broker's fetch wait and a producer's linger, so that one burst is one batch.
const QUIET: Duration = Duration::from_millis(6);
/// An external broker answers each partition's request on its own, and its pauses are longer.
const QUIET_EXTERNAL: Duration = Duration::from_millis(12);
/// And it ends after this long in any case.
const BURST: Duration = Duration::from_millis(50);

/// When the first and the last record of the batch came, and so when it is to be delivered.
#[derive(Debug)]
pub(crate) struct Gathering {
    window: Duration,
    quiet: Duration,
    span: Option<(Instant, Instant)>,
}

impl Gathering {
    pub fn new(window: Duration, embedded: bool) -> Self {
        Self {
            window,
            quiet: if embedded { QUIET } else { QUIET_EXTERNAL },
            span: None,
        }
    }

    pub fn add(&mut self, now: Instant) {
        let first = self.span.map_or(now, |(first, _)| first);
        self.span = Some((first, now));
    }

    pub fn reset(&mut self) {
        self.span = None;
    }

    pub fn due(&self) -> Option<Instant> {
        let (first, last) = self.span?;
        Some(if self.window.is_zero() {
            (last + self.quiet).min(first + BURST)
        } else {
            first + self.window
        })
    }
}
