//! Analytics: what a user's snapshots amount to, and the prices of any period.

mod access;
mod history;
mod ports;
mod prices;

use domain::PriceModel;

use crate::users::FindProfile;
use feed::VerifyToken;

pub use history::{Cursor, HistoryRequest, PageLimit, PageLimitError, UserAnalytics};
pub use ports::ReadHistory;
pub use prices::{PointLimit, PointLimitError, PriceRequest, UserPrices};

/// Shows users their analytics, and admins everybody's.
pub struct ShowAnalytics {
    /// Verifies the caller's token.
    pub tokens: Box<dyn VerifyToken>,
    /// Tells whether a user exists.
    pub profiles: Box<dyn FindProfile>,
    /// Reads statistics and snapshots.
    pub history: Box<dyn ReadHistory>,
    /// Gives the prices.
    pub prices: PriceModel,
}

#[cfg(test)]
mod tests;
