use std::sync::Arc;

use domain::{PriceModel, Snapshot, SnapshotId};

use super::{IdempotencyKey, Snapshots};
use crate::Result;
use crate::users::CurrentUser;

/// Takes snapshots of their price for users.
pub struct SaveSnapshot {
    /// Gives the price.
    pub prices: PriceModel,
    /// Records requests.
    pub snapshots: Arc<dyn Snapshots>,
}

impl SaveSnapshot {
    /// Records a user's price at the instant that `id` carries. What is recorded is published by whoever drives the ticks,
    /// within the second, and then saved. A request that is repeated under its key is the same snapshot again.
    ///
    /// # Errors
    /// As the port.
    pub async fn save(
        &self,
        user: &CurrentUser,
        key: Option<&IdempotencyKey>,
        id: SnapshotId,
    ) -> Result<Snapshot> {
        let user_id = user.id();
        let snapshot = Snapshot {
            id,
            user_id,
            price: self.prices.shareholder(user_id).price_at(id.tick()),
        };
        self.snapshots.reserve_snapshot(&snapshot, key).await
    }
}
