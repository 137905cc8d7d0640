//! A value that is asked for anew only once it has reached a certain age.

use tokio::sync::Mutex;

/// Holds the value, and when it was asked for.
#[derive(Debug)]
pub struct Memo<T> {
    max_age_ms: u64,
    last: Mutex<Option<(u64, T)>>,
}

impl<T: Clone> Memo<T> {
    /// Nothing is known yet; what is asked for holds for this many milliseconds.
    #[must_use]
    pub fn new(max_age_ms: u64) -> Self {
        Self {
            max_age_ms,
            last: Mutex::default(),
        }
    }

    /// The value at `now_ms`: the one known, or, if that is too old, the one that `ask` gives. Who calls meanwhile
    /// waits for it.
    pub async fn get(&self, now_ms: u64, ask: impl Future<Output = T>) -> T {
        let mut last = self.last.lock().await;
        if let Some((at_ms, value)) = &*last
            && now_ms.saturating_sub(*at_ms) < self.max_age_ms
        {
            return value.clone();
        }
        let value = ask.await;
        *last = Some((now_ms, value.clone()));
        value
    }
}

#[cfg(test)]
mod tests;
