//! What follows up registrations.

use std::sync::Arc;

use app::notifications::Notifications;
use app::registrations::FollowUpRegistrations;
use domain::PriceModel;

use crate::clients::Clients;
use crate::config::Tables;
use crate::live::Feed;
use crate::users;

/// Tells the feed of new users, and has them welcomed.
#[must_use]
pub fn follow_up(
    clients: &Clients,
    tables: &Tables,
    feed: &Feed,
    notifications: Arc<dyn Notifications>,
    prices: PriceModel,
) -> FollowUpRegistrations {
    FollowUpRegistrations {
        fan_out: feed.fan_out(),
        users: Arc::new(users::store(clients, tables)),
        notifications,
        prices,
    }
}
