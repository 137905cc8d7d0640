use domain::PriceModel;

use super::{Me, ProfileChange, Users, authenticate};
use crate::{Error, Result};
use feed::VerifyToken;

/// Changes an authenticated user's profile and shows it as it is then, with the live price.
///
/// # Errors
/// [`Error::Unauthenticated`] without a valid token of a user who still exists; else as the ports.
pub async fn change_me(
    tokens: &dyn VerifyToken,
    users: &dyn Users,
    prices: &PriceModel,
    token: Option<&str>,
    change: &ProfileChange,
    now_ms: u64,
) -> Result<Me> {
    let user_id = authenticate(tokens, token, now_ms).await?.user_id;
    let profile = users.change_profile(user_id, change).await?;
    let profile = profile.ok_or(Error::USER_GONE)?;
    Ok(Me::at(profile, prices, now_ms))
}
