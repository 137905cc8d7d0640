use domain::{Change, Price, PriceModel, Tick};

use super::{Profile, Users};
use crate::{Error, Result};
use feed::Authenticated;
use feed::VerifyToken;

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

/// Finds out who the caller is from the token that they presented, if any.
///
/// # Errors
/// [`Error::Unauthenticated`] if there is no token or it is not valid.
pub async fn authenticate(
    tokens: &dyn VerifyToken,
    token: Option<&str>,
    now_ms: u64,
) -> Result<Authenticated> {
    let token = token.ok_or(Error::Unauthenticated("there is no bearer token"))?;
    Ok(tokens.verify(token, now_ms).await?)
}

/// Shows an authenticated user their profile and live price.
///
/// # Errors
/// [`Error::Unauthenticated`] without a valid token of a user who still exists; else as the ports.
pub async fn show_me(
    tokens: &dyn VerifyToken,
    users: &dyn Users,
    prices: &PriceModel,
    token: Option<&str>,
    now_ms: u64,
) -> Result<Me> {
    let user_id = authenticate(tokens, token, now_ms).await?.user_id;
    let profile = users.find_profile(user_id).await?.ok_or(Error::USER_GONE)?;
    Ok(Me::at(profile, prices, now_ms))
}
