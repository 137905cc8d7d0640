//! Analytics: what a user's snapshots amount to, and the prices of any period.

mod access;
mod history;
mod prices;

use std::sync::Arc;

use domain::PriceModel;

use crate::snapshots::Snapshots;
use crate::users::Users;

pub use history::{Cursor, HistoryRequest, PageLimit, PageLimitError, UserAnalytics};
pub use prices::{
    BucketLength, BucketLengthError, PointLimit, PointLimitError, PriceRequest, Thinning,
    UserPrices,
};

/// Shows users their analytics, and admins everybody's; prices to everybody.
pub struct ShowAnalytics {
    /// Who exists.
    pub users: Arc<dyn Users>,
    /// Statistics and snapshots.
    pub snapshots: Arc<dyn Snapshots>,
    /// Gives the prices.
    pub prices: PriceModel,
}
