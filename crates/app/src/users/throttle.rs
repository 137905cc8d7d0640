//! How often somebody may try to log in. The reasons stand in `docs/adr/0002-login-throttling.md`.

use domain::Network;

use super::{AttemptKey, Attempts, LoginAttempts, RecordedAttempt};
use crate::{Error, Result};

/// Counting starts afresh this long after it began.
const WINDOW_MS: u64 = 3_600_000;
/// How long a network counts as known after a login from it: 30 days.
const KNOWN_MS: u64 = 30 * 24 * 3_600_000;
/// No attempt has to wait longer than this after the one before it.
const MAX_DELAY_MS: u64 = 60_000;
/// How often an attempt that others overtake is counted anew before it is refused.
const TRIES: usize = 8;

/// A rule: so many failures are free, then each must wait twice as long as the one before.
#[derive(Debug, Clone, Copy)]
struct Limit {
    free_failures: u32,
}

/// From one network, for one address: somebody who mistypes seldom needs more.
const FROM_ONE_NETWORK: Limit = Limit { free_failures: 5 };
/// From all networks that are not known, for one address. One network alone can't fail as often within
/// a window (5 at once, 6 in the minute after, then one a minute), so it can't slow others down.
const FROM_ANYWHERE: Limit = Limit { free_failures: 100 };

/// An attempt that may go on, and is counted as failed until [`Admitted::succeeded`].
pub(crate) struct Admitted {
    network: AttemptKey,
    account: Option<AttemptKey>,
}

/// Counts an attempt as failed before its outcome is known, so that attempts made at once count too.
///
/// # Errors
/// [`Error::TooManyAttempts`] if it has to wait; else as the port.
pub(crate) async fn admit(
    limiter: &dyn LoginAttempts,
    email: &str,
    network: Network,
    now_ms: u64,
) -> Result<Admitted> {
    let network = AttemptKey {
        email: email.to_owned(),
        network: Some(network),
    };
    let account = AttemptKey {
        email: email.to_owned(),
        network: None,
    };
    for _ in 0..TRIES {
        let (from_here, from_anywhere) =
            tokio::try_join!(limiter.attempts(&network), limiter.attempts(&account))?;
        let known = from_here.is_some_and(|attempts| attempts.known_until_ms > now_ms);
        let mut changes = vec![FROM_ONE_NETWORK.count(&network, from_here, now_ms)?];
        if !known {
            changes.push(FROM_ANYWHERE.count(&account, from_anywhere, now_ms)?);
        }
        if limiter.record_attempts(&changes).await? {
            return Ok(Admitted {
                network,
                account: (!known).then_some(account),
            });
        }
    }
    Err(Error::TooManyAttempts {
        retry_after_secs: 1,
    })
}

impl Admitted {
    /// Takes the attempt back off the count and remembers the network as one that the user logs in
    /// from. Failures that others cause at the same time stay counted.
    pub(crate) async fn succeeded(&self, limiter: &dyn LoginAttempts, now_ms: u64) -> Result<()> {
        for _ in 0..TRIES {
            let mut changes = Vec::with_capacity(2);
            let seen = limiter.attempts(&self.network).await?;
            let known = Attempts {
                failures: 0,
                known_until_ms: now_ms + KNOWN_MS,
                ..seen.unwrap_or_default()
            };
            changes.push(change(&self.network, seen, known));
            if let Some(account) = &self.account
                && let Some(seen) = limiter.attempts(account).await?
            {
                let fewer = Attempts {
                    failures: seen.failures.saturating_sub(1),
                    ..seen
                };
                changes.push(change(account, Some(seen), fewer));
            }
            if limiter.record_attempts(&changes).await? {
                return Ok(());
            }
        }
        // The attempt stays counted, which costs its user nothing until many more are.
        Ok(())
    }
}

impl Limit {
    /// The change that counts one more attempt, if it needn't wait.
    fn count(
        self,
        key: &AttemptKey,
        seen: Option<Attempts>,
        now_ms: u64,
    ) -> Result<RecordedAttempt> {
        let mut new = seen.unwrap_or_default();
        // Clocks differ a little; one that was far ahead must not keep anybody out until then.
        let from_the_future = new.last_ms > now_ms.saturating_add(MAX_DELAY_MS);
        if from_the_future || now_ms.saturating_sub(new.window_ms) >= WINDOW_MS {
            new.failures = 0;
            new.window_ms = now_ms;
        }
        let waited_ms = now_ms.saturating_sub(new.last_ms);
        let wait_ms = self.delay_ms(new.failures).saturating_sub(waited_ms);
        if wait_ms > 0 {
            return Err(Error::TooManyAttempts {
                retry_after_secs: wait_ms.div_ceil(1000),
            });
        }
        new.failures = new.failures.saturating_add(1);
        new.last_ms = now_ms;
        Ok(change(key, seen, new))
    }

    /// How long after an attempt the next one has to wait, after this many failures.
    fn delay_ms(self, failures: u32) -> u64 {
        match failures.checked_sub(self.free_failures) {
            None => 0,
            Some(doublings) => 1000_u64
                .checked_shl(doublings.min(16))
                .unwrap_or(u64::MAX)
                .min(MAX_DELAY_MS),
        }
    }
}

fn change(key: &AttemptKey, seen: Option<Attempts>, new: Attempts) -> RecordedAttempt {
    let forgettable_ms = new.known_until_ms.max(new.last_ms + WINDOW_MS);
    RecordedAttempt {
        key: key.clone(),
        seen,
        new,
        expires_at: forgettable_ms.div_ceil(1000),
    }
}

#[cfg(test)]
mod tests;
