use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use domain::PriceModel;

use super::roster::{FindUsers, Roster};
use crate::clock::Clock;
use crate::subscription::Subscriptions;

/// Stores subscriptions, and sends what comes before their first live tick. Kept for the life of the process, since it
/// remembers the users and how fast the store is.
pub(crate) struct Subscriber {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) subscriptions: Arc<dyn Subscriptions>,
    pub(super) users: Arc<dyn FindUsers>,
    pub(super) model: PriceModel,
    pub(super) roster: Roster,
    /// What storing a subscription took last.
    pub(super) storing_ms: AtomicU64,
}

impl Subscriber {
    /// `everyone_limit` is the largest number of users at which all of them can be subscribed to.
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        subscriptions: Arc<dyn Subscriptions>,
        users: Arc<dyn FindUsers>,
        model: PriceModel,
        everyone_limit: usize,
    ) -> Self {
        let roster = Roster::new(Arc::clone(&users), everyone_limit);
        Self {
            clock,
            subscriptions,
            users,
            model,
            roster,
            storing_ms: AtomicU64::new(0),
        }
    }
}
