//! The market as a whole, for whoever asks.

use std::sync::Arc;

use domain::market::{Quote, Summary};
use domain::{PriceModel, Tick};

use crate::Result;
use crate::users::CurrentUser;
use feed::session::{FindUsers, UserList};

/// Sums the market up on request. Kept for the life of a process: everybody who asks during a tick shares one
/// reading of the roster.
pub struct ShowMarket {
    roster: UserList,
    prices: PriceModel,
}

impl ShowMarket {
    /// Sums up markets of at most `limit` shareholders.
    #[must_use]
    pub fn new(users: Arc<dyn FindUsers>, prices: PriceModel, limit: usize) -> Self {
        Self {
            roster: UserList::new(users, limit),
            prices,
        }
    }

    /// The market at the current tick, for any user: what `market.summary` says of it. `None` if
    /// there are too many shareholders to sum up on request.
    ///
    /// # Errors
    /// As the port.
    pub async fn show(&self, _user: &CurrentUser, now_ms: u64) -> Result<Option<Summary>> {
        let tick = Tick::at_ms(now_ms);
        let everyone = self.roster.since(tick, now_ms).await?;
        Ok(everyone.map(|users| {
            let shareholders = users.iter().map(|user| self.prices.shareholder(*user));
            let listed = shareholders.filter(|shareholder| shareholder.is_listed_at(tick));
            let quotes = listed.map(|shareholder| Quote {
                user_id: shareholder.user_id(),
                opening: shareholder.opening_price(),
                price: shareholder.price_at(tick),
            });
            Summary::of(tick, quotes)
        }))
    }
}
