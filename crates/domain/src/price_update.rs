use crate::{Price, Tick, UserId};

/// One shareholder's price at one tick, with the price of the tick before: what `user.price.update` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceUpdate {
    /// The shareholder.
    pub user_id: UserId,
    /// The tick at which the price holds.
    pub tick: Tick,
    /// The price at that tick.
    pub price: Price,
    /// The price one tick earlier.
    pub previous: Price,
}
