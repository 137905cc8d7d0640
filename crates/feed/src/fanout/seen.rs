use std::collections::HashMap;

use domain::{Shard, Tick, UserId};

use super::PriceRecord;
use super::audience_cache::AudienceCache;
use crate::recent::Recent;

/// So many users are remembered before those whose prices stopped coming are dropped.
const MANY_USERS: usize = 100_000;
/// Prices stopped coming when they are so many ticks (an hour) behind the newest of the batch.
const STOPPED_TICKS: u64 = 720;

/// The newest ticks that this process has sent.
#[derive(Default)]
pub(super) struct Seen {
    /// Of users with an audience only: for nobody else does it matter.
    prices: HashMap<UserId, Tick>,
    pub(super) market: Option<Tick>,
    pub(super) registrations: Recent<UserId>,
}

impl Seen {
    /// The prices that somebody may listen to and that are newer than what was sent, sorted by tick and
    /// user; and how many were left out because they are not.
    pub(super) fn fresh_prices(
        &self,
        records: Vec<(Shard, PriceRecord)>,
        cache: &AudienceCache,
    ) -> (Vec<PriceRecord>, usize) {
        let all = cache.listeners_of_all().next().is_some();
        let mut wanted: Vec<_> = records
            .into_iter()
            .filter(|(shard, record)| all || !cache.listeners_of(*shard, record.user_id).is_empty())
            .map(|(_, record)| record)
            .collect();
        let candidates = wanted.len();
        wanted.retain(|record| Some(&record.tick) > self.prices.get(&record.user_id));
        wanted.sort_unstable_by_key(PriceRecord::order);
        wanted.dedup_by_key(|record| record.order());
        let repeated = candidates - wanted.len();
        (wanted, repeated)
    }

    /// Remembers that these were sent, as far as they could be. They must be sorted by tick.
    pub(super) fn remember_prices(&mut self, sent: &[PriceRecord]) {
        self.prices
            .extend(sent.iter().map(|record| (record.user_id, record.tick)));
        if self.prices.len() > MANY_USERS
            && let Some(newest) = sent.last()
        {
            let stopped = newest.tick.minus(STOPPED_TICKS);
            self.prices.retain(|_, tick| *tick >= stopped);
        }
    }
}
