use std::sync::Arc;

use domain::{PriceModel, Snapshot, SnapshotId};

use super::{IdempotencyKey, Snapshots};
use crate::Result;
use crate::publisher::Publish;
use crate::users::CurrentUser;

/// Takes snapshots of their price for users.
pub struct SaveSnapshot {
    /// Gives the price.
    pub prices: PriceModel,
    /// Records requests.
    pub snapshots: Arc<dyn Snapshots>,
    /// Publishes them.
    pub publisher: Box<dyn Publish<Snapshot>>,
}

impl SaveSnapshot {
    /// Publishes a user's price at the instant that `id` carries, and returns once that is
    /// acknowledged. The reservation comes first: so a request that is repeated under its key, because
    /// publishing failed or its answer was lost, is the same snapshot again.
    ///
    /// # Errors
    /// As the ports.
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
        let reserved = self.snapshots.reserve_snapshot(&snapshot, key).await?;
        self.publisher.publish(&reserved).await?;
        Ok(reserved)
    }
}
