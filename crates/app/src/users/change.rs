use domain::PriceModel;

use super::{CurrentUser, Me, ProfileChange, Users};
use crate::{Error, Result};

/// Changes a user's profile and shows it as it is then, with the live price.
///
/// # Errors
/// [`Error::Unauthenticated`] if the user is deleted at this moment; else as the port.
pub async fn change_me(
    users: &dyn Users,
    prices: &PriceModel,
    user: &CurrentUser,
    change: &ProfileChange,
    now_ms: u64,
) -> Result<Me> {
    let profile = users.change_profile(user.id(), change).await?;
    let profile = profile.ok_or(Error::USER_GONE)?;
    Ok(Me::at(profile, prices, now_ms))
}
