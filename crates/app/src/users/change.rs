use domain::PriceModel;
use domain::user::{Name, Phone};

use super::{ChangeProfile, Me, authenticate};
use crate::{Error, Result};
use feed::VerifyToken;

/// What a user wants to be different in their profile. By default nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileChange {
    /// A new name, if there is to be one.
    pub name: Option<Name>,
    /// What becomes of the telephone number.
    pub phone: PhoneChange,
    /// Which notifications they want from now on.
    pub preferences: PreferencesChange,
}

/// What becomes of a telephone number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum PhoneChange {
    /// It stays as it is, if there is one.
    #[default]
    Keep,
    /// There is none any more.
    Remove,
    /// This is it.
    To(Phone),
}

/// Which notifications somebody wants from now on; `None` is as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PreferencesChange {
    /// For every snapshot that is saved.
    pub snapshot_saved: Option<bool>,
    /// When a price alert fires.
    pub alert: Option<bool>,
}

/// Changes an authenticated user's profile and shows it as it is then, with the live price.
///
/// # Errors
/// [`Error::Unauthenticated`] without a valid token of a user who still exists; else as the ports.
pub async fn change_me(
    tokens: &dyn VerifyToken,
    profiles: &dyn ChangeProfile,
    prices: &PriceModel,
    token: Option<&str>,
    change: &ProfileChange,
    now_ms: u64,
) -> Result<Me> {
    let user_id = authenticate(tokens, token, now_ms).await?.user_id;
    let profile = profiles.change_profile(user_id, change).await?;
    let profile = profile.ok_or(Error::USER_GONE)?;
    Ok(Me::at(profile, prices, now_ms))
}
