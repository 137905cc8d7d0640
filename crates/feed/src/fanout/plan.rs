//! Who gets the same, so that it is made once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Frame;
use super::audience_cache::AudienceCache;
use super::outlets::Slot;
use super::share::Share;
use super::shares::Shares;
use crate::OperationKey;
use crate::execution::End;

/// What one outlet gets of a batch, in this order.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) slot: Slot,
    pub(super) frames: Arc<[Frame]>,
    /// Why it is the last, if it is.
    pub(super) end: Option<End>,
}

/// What becomes of a batch.
#[derive(Default)]
pub(super) struct Plan {
    /// Raw feeds with the same share each.
    pub(super) raw: Vec<(Share, Vec<Slot>)>,
    /// Subscriptions to operations with the same share each.
    pub(super) live: Vec<(Share, Executions)>,
    /// Subscriptions whose token has expired.
    pub(super) expired: Vec<Slot>,
}

/// Who gets the results of each operation.
pub(super) type Executions = HashMap<OperationKey, Vec<Slot>>;

impl Plan {
    /// `now_ms` is the present instant in Unix milliseconds.
    pub(super) fn new(cache: &AudienceCache, shares: Shares, now_ms: u64) -> Self {
        let mut raw: HashMap<Share, Vec<Slot>> = HashMap::new();
        let mut live: HashMap<Share, Executions> = HashMap::new();
        let mut expired = Vec::new();
        for (slot, share) in shares {
            if cache.connection(slot).is_none() {
                continue;
            }
            match cache
                .subscribed(slot)
                .map(|subscribed| subscribed.operation)
            {
                None => raw.entry(share).or_default().push(slot),
                Some(operation) if operation.is_expired(now_ms) => expired.push(slot),
                Some(operation) => {
                    let executions = live.entry(share).or_default();
                    executions.entry(operation.key).or_default().push(slot);
                }
            }
        }
        Self {
            raw: raw.into_iter().collect(),
            live: live.into_iter().collect(),
            expired,
        }
    }

    /// Everybody who gets something.
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> {
        let raw = self.raw.iter().flat_map(|(_, slots)| slots);
        let live = self.live.iter().flat_map(|(_, all)| all.values().flatten());
        raw.chain(live).chain(&self.expired).copied()
    }

    /// The operations that are executed.
    pub(super) fn operations(&self) -> HashSet<OperationKey> {
        let live = self.live.iter();
        live.flat_map(|(_, executions)| executions.keys().copied())
            .collect()
    }
}
