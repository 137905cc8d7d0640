use domain::{Change, Price, PriceModel, Tick};

use super::{CurrentUser, Profile};

/// A user's own view of themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// What they registered with.
    pub profile: Profile,
    /// The price right now.
    pub price: Price,
    /// The tick of that price.
    pub tick: Tick,
    /// The price assigned at registration.
    pub opening_price: Price,
    /// From the opening price to the price now.
    pub change: Change,
}

impl Me {
    /// What the owner of this profile sees at `now_ms`, in milliseconds since the Unix epoch.
    pub(super) fn at(profile: Profile, prices: &PriceModel, now_ms: u64) -> Self {
        let shareholder = prices.shareholder(profile.id);
        let tick = Tick::at_ms(now_ms);
        let price = shareholder.price_at(tick);
        let opening_price = shareholder.opening_price();
        Self {
            profile,
            price,
            tick,
            opening_price,
            change: Change::between(opening_price, price),
        }
    }
}

/// Shows users their own profile and live price at `now_ms`, in milliseconds since the Unix epoch.
#[must_use]
pub fn show_me(user: &CurrentUser, prices: &PriceModel, now_ms: u64) -> Me {
    Me::at(user.profile().clone(), prices, now_ms)
}
