//! What takes, finds, saves and evaluates snapshots.

use std::sync::Arc;

use app::analytics::ShowAnalytics;
use app::notifications::Notifications;
use app::snapshots::{SaveSnapshot, WritePorts, WriteSnapshots};
use domain::PriceModel;
pub use store::snapshots::DynamoSnapshots;

use crate::clients::Clients;
use crate::config::Tables;
use crate::live::Feed;
use crate::users;

/// The snapshots table: snapshots, pending and saved, and their statistics.
#[must_use]
pub fn store(clients: &Clients, tables: &Tables) -> DynamoSnapshots {
    DynamoSnapshots::new(clients.dynamodb(), tables.snapshots.clone())
}

/// Asks for snapshots.
#[must_use]
pub fn save_snapshot(clients: &Clients, tables: &Tables, prices: PriceModel) -> SaveSnapshot {
    SaveSnapshot {
        prices,
        snapshots: Arc::new(store(clients, tables)),
    }
}

/// Shows analytics.
#[must_use]
pub fn show_analytics(clients: &Clients, tables: &Tables, prices: PriceModel) -> ShowAnalytics {
    ShowAnalytics {
        users: Arc::new(users::store(clients, tables)),
        snapshots: Arc::new(store(clients, tables)),
        prices,
    }
}

/// Saves snapshots, and tells users through `feed` and `notifications`.
#[must_use]
pub fn write_snapshots(
    clients: &Clients,
    tables: &Tables,
    feed: &Feed,
    notifications: Arc<dyn Notifications>,
) -> WriteSnapshots {
    WriteSnapshots::new(WritePorts {
        snapshots: Arc::new(store(clients, tables)),
        users: Arc::new(users::store(clients, tables)),
        dispatcher: feed.dispatcher(),
        notifications,
    })
}
