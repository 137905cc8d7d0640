//! A limit on new connections per second.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;

#[cfg(test)]
mod tests;

/// A token bucket that holds one second's worth, as API Gateway's.
#[derive(Debug)]
pub(super) struct RateLimit(Option<Mutex<Bucket>>);

#[derive(Debug)]
struct Bucket {
    per_second: f64,
    tokens: f64,
    filled: Instant,
}

impl RateLimit {
    pub fn new(per_second: Option<u32>) -> Self {
        Self(per_second.map(f64::from).map(|per_second| {
            Mutex::new(Bucket {
                per_second,
                tokens: per_second,
                filled: Instant::now(),
            })
        }))
    }

    /// Takes a token, if there is one.
    pub fn allows(&self) -> bool {
        let Some(bucket) = &self.0 else { return true };
        let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let gained = bucket.filled.elapsed().as_secs_f64() * bucket.per_second;
        bucket.tokens = (bucket.tokens + gained).min(bucket.per_second);
        bucket.filled = Instant::now();
        if bucket.tokens < 1.0 {
            return false;
        }
        bucket.tokens -= 1.0;
        true
    }
}
