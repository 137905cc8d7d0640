use std::collections::HashMap;

use domain::{PriceUpdate, Shard, Tick, UserId};

use super::audience_cache::AudienceCache;
use crate::recent::Recent;

/// So many users are remembered before those whose prices stopped coming are dropped.
const MANY_USERS: usize = 100_000;
/// Prices stopped coming when they are so many ticks (an hour) behind the newest of the batch.
const STOPPED_TICKS: u64 = 720;

/// The newest ticks that this process has sent.
#[derive(Default)]
pub(super) struct Watermarks {
    /// Of users with an audience only: for nobody else does it matter.
    prices: HashMap<UserId, Tick>,
    pub(super) market: Option<Tick>,
    pub(super) registrations: Recent<UserId>,
}

impl Watermarks {
    /// The prices that somebody may listen to and that are newer than what was sent, sorted by tick and
    /// user; and how many were left out because they are not.
    pub(super) fn fresh_prices(
        &self,
        updates: &[PriceUpdate],
        cache: &AudienceCache,
    ) -> (Vec<PriceUpdate>, usize) {
        let all = cache.listeners_of_all().next().is_some();
        let is_wanted = |update: &&PriceUpdate| {
            let user = update.user_id;
            all || !cache.listeners_of(Shard::of(user), user).is_empty()
        };
        let mut wanted: Vec<_> = updates.iter().filter(is_wanted).copied().collect();
        let candidates = wanted.len();
        wanted.retain(|update| Some(&update.tick) > self.prices.get(&update.user_id));
        wanted.sort_unstable_by_key(order);
        wanted.dedup_by_key(|update| order(update));
        let repeated = candidates - wanted.len();
        (wanted, repeated)
    }

    /// Remembers that these were sent, as far as they could be. They must be sorted by tick.
    pub(super) fn remember_prices(&mut self, sent: &[PriceUpdate]) {
        self.prices
            .extend(sent.iter().map(|update| (update.user_id, update.tick)));
        if self.prices.len() > MANY_USERS
            && let Some(newest) = sent.last()
        {
            let stopped = newest.tick.minus(STOPPED_TICKS);
            self.prices.retain(|_, tick| *tick >= stopped);
        }
    }
}

/// Prices go out by tick, then by user.
fn order(update: &PriceUpdate) -> (Tick, UserId) {
    (update.tick, update.user_id)
}
