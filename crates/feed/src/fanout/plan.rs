//! Which targets get the same, so that it is made once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::audience_cache::AudienceCache;
use super::share::Share;
use super::shares::Shares;
use super::targets::TargetId;
use crate::execution::End;
use crate::frame::Frame;
use crate::operation::OperationKey;

/// What one target gets of a batch, in this order.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) target: TargetId,
    pub(super) frames: Arc<[Frame]>,
    /// Why it is the last, if it is.
    pub(super) end: Option<End>,
}

/// What becomes of a batch.
#[derive(Default)]
pub(super) struct DeliveryPlan {
    /// Raw feeds with the same share each.
    pub(super) raw: Vec<(Share, Vec<TargetId>)>,
    /// Subscriptions to operations with the same share each.
    pub(super) live: Vec<(Share, TargetsByOperation)>,
    /// Subscriptions whose token has expired.
    pub(super) expired: Vec<TargetId>,
}

/// Who gets the results of each operation.
pub(super) type TargetsByOperation = HashMap<OperationKey, Vec<TargetId>>;

impl DeliveryPlan {
    /// `now_ms` is the present instant in Unix milliseconds.
    pub(super) fn new(cache: &AudienceCache, shares: Shares, now_ms: u64) -> Self {
        let mut raw: HashMap<Share, Vec<TargetId>> = HashMap::new();
        let mut live: HashMap<Share, TargetsByOperation> = HashMap::new();
        let mut expired = Vec::new();
        for (target, share) in shares {
            if cache.connection(target).is_none() {
                continue;
            }
            match cache
                .subscription(target)
                .map(|subscription| subscription.operation)
            {
                None => raw.entry(share).or_default().push(target),
                Some(operation) if operation.is_expired(now_ms) => expired.push(target),
                Some(operation) => {
                    let by_operation = live.entry(share).or_default();
                    by_operation.entry(operation.key).or_default().push(target);
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
    pub(super) fn targets(&self) -> impl Iterator<Item = TargetId> {
        let raw = self.raw.iter().flat_map(|(_, targets)| targets);
        let live = self.live.iter().flat_map(|(_, all)| all.values().flatten());
        raw.chain(live).chain(&self.expired).copied()
    }

    /// The operations that are executed.
    pub(super) fn operations(&self) -> HashSet<OperationKey> {
        let live = self.live.iter();
        live.flat_map(|(_, by_operation)| by_operation.keys().copied())
            .collect()
    }
}
