//! Whose data a caller may see.

use domain::UserId;
use domain::user::Role;

use crate::users::Authenticator;
use crate::{Error, Result};
use feed::Authenticated;

/// The user that an id in a request names, if the caller may see their data: their own, or everybody's
/// with the admin role.
///
/// Whoever may not learns nothing of whether there is such a user: no id but their own is looked up.
///
/// # Errors
/// [`Error::Forbidden`] if they may not, [`Error::UserNotFound`] if an admin names what is no id.
pub(super) fn visible_user(caller: Authenticated, id: &str) -> Result<UserId> {
    match (UserId::parse(id), caller.role) {
        (Ok(id), Role::Admin) => Ok(id),
        (Ok(id), Role::User) if id == caller.user_id => Ok(id),
        (Err(_), Role::Admin) => Err(Error::UserNotFound),
        (Ok(_) | Err(_), Role::User) => Err(Error::Forbidden),
    }
}

/// Makes sure that there still are such a caller and such a user.
///
/// # Errors
/// [`Error::Unauthenticated`] if it is the caller who no longer exists, [`Error::UserNotFound`] if it is
/// somebody else; else as the port.
pub(super) async fn check_exist(
    authenticator: &Authenticator,
    caller: Authenticated,
    id: UserId,
) -> Result<()> {
    authenticator.check_exists(caller).await?;
    if id != caller.user_id && authenticator.users.find_profile(id).await?.is_none() {
        return Err(Error::UserNotFound);
    }
    Ok(())
}
