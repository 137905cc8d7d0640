use std::sync::Arc;

use domain::{PriceModel, Snapshot, SnapshotId};

use super::{IdempotencyKey, Snapshots};
use crate::Result;
use crate::publisher::Publish;
use crate::users::Authenticator;

/// Takes snapshots of their price for users.
pub struct SaveSnapshot {
    /// Tells who the caller is.
    pub authenticator: Authenticator,
    /// Gives the price.
    pub prices: PriceModel,
    /// Records requests.
    pub snapshots: Arc<dyn Snapshots>,
    /// Publishes them.
    pub publisher: Box<dyn Publish<Snapshot>>,
}

impl SaveSnapshot {
    /// Publishes the caller's price at the instant that `id` carries, and returns once that is
    /// acknowledged. The reservation comes first: so a request that is repeated under its key, because
    /// publishing failed or its answer was lost, is the same snapshot again.
    ///
    /// # Errors
    /// [`crate::Error::Unauthenticated`] without a valid token of a user who still exists; else as the ports.
    pub async fn save(
        &self,
        token: Option<&str>,
        key: Option<&IdempotencyKey>,
        id: SnapshotId,
    ) -> Result<Snapshot> {
        let now_ms = id.requested_at_ms();
        let caller = self.authenticator.authenticate(token, now_ms).await?;
        let user_id = caller.user_id;
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
