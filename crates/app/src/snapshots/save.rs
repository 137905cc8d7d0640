use domain::{PriceModel, Snapshot, SnapshotId};

use super::{IdempotencyKey, PublishSnapshot, ReserveSnapshot};
use crate::users::{FindProfile, authenticate};
use crate::{Error, Result};
use feed::VerifyToken;

/// Takes snapshots of their price for users.
pub struct SaveSnapshot {
    /// Verifies the caller's token.
    pub tokens: Box<dyn VerifyToken>,
    /// Tells whether the caller still exists.
    pub profiles: Box<dyn FindProfile>,
    /// Gives the price.
    pub prices: PriceModel,
    /// Remembers requests.
    pub reservations: Box<dyn ReserveSnapshot>,
    /// Publishes them.
    pub publisher: Box<dyn PublishSnapshot>,
}

impl SaveSnapshot {
    /// Publishes the caller's price at the instant that `id` carries, and returns once that is
    /// acknowledged. The reservation comes first: so a request that is repeated under its key, because
    /// publishing failed or its answer was lost, is the same snapshot again.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] without a valid token of a user who still exists; else as the ports.
    pub async fn save(
        &self,
        token: Option<&str>,
        key: Option<&IdempotencyKey>,
        id: SnapshotId,
    ) -> Result<Snapshot> {
        let now_ms = id.requested_at_ms();
        let user_id = authenticate(&*self.tokens, token, now_ms).await?.user_id;
        if self.profiles.find_profile(user_id).await?.is_none() {
            return Err(Error::USER_GONE);
        }
        let snapshot = Snapshot {
            id,
            user_id,
            price: self.prices.shareholder(user_id).price_at(id.tick()),
        };
        let reserved = self.reservations.reserve_snapshot(&snapshot, key).await?;
        self.publisher.publish_snapshot(&reserved).await?;
        Ok(reserved)
    }
}
