use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use domain::PriceModel;

use super::user_list::{FindUsers, UserList};
use crate::clock::Clock;
use crate::ports::FeedPorts;
use crate::subscriptions::Subscriptions;

/// Whom there is to subscribe to, and what their prices are.
pub struct MarketAccess {
    /// Looks users up.
    pub users: Arc<dyn FindUsers>,
    /// Computes prices.
    pub model: PriceModel,
    /// The largest number of users at which all of them can be subscribed to.
    pub everyone_limit: usize,
}

/// Stores subscriptions, and sends what comes before their first live tick. Kept for the life of the process, since it
/// remembers the users and how fast the store is.
pub(crate) struct Subscriber {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) subscriptions: Arc<dyn Subscriptions>,
    pub(super) users: Arc<dyn FindUsers>,
    pub(super) model: PriceModel,
    pub(super) user_list: UserList,
    /// What storing a subscription took last.
    pub(super) storing_ms: AtomicU64,
}

impl Subscriber {
    pub(crate) fn new(ports: &FeedPorts, market: MarketAccess) -> Self {
        Self {
            clock: Arc::clone(&ports.clock),
            subscriptions: Arc::clone(&ports.subscriptions),
            user_list: UserList::new(Arc::clone(&market.users), market.everyone_limit),
            users: market.users,
            model: market.model,
            storing_ms: AtomicU64::new(0),
        }
    }
}
