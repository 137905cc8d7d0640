//! What keeps and fires alerts.

use std::sync::Arc;

use app::alerts::{AlertPorts, FireAlerts, UserAlerts};
use app::notifications::Notifications;
use store::feed::DynamoAlerts;

use crate::clients::Clients;
use crate::config::Tables;
use crate::live::{self, Feed};
use crate::users;

/// The alerts beside the feed: where users keep them, the fan-out finds them, and they are erased.
#[must_use]
pub fn store(clients: &Clients, tables: &Tables) -> DynamoAlerts {
    DynamoAlerts::new(live::store(clients, tables))
}

/// What users do with their alerts.
#[must_use]
pub fn user_alerts(clients: &Clients, tables: &Tables) -> UserAlerts {
    UserAlerts {
        alerts: Arc::new(store(clients, tables)),
    }
}

/// Fires alerts, and tells users through `feed` and `notifications`.
#[must_use]
pub fn fire_alerts(
    clients: &Clients,
    tables: &Tables,
    feed: &Feed,
    notifications: Arc<dyn Notifications>,
) -> FireAlerts {
    let alerts = Arc::new(store(clients, tables));
    FireAlerts::new(AlertPorts {
        alerts: Arc::<DynamoAlerts>::clone(&alerts),
        eraser: alerts,
        users: Arc::new(users::store(clients, tables)),
        notifications,
        dispatcher: Arc::new(feed.dispatcher()),
    })
}
