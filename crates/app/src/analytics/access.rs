//! Whose data a user may see.

use domain::UserId;
use domain::user::Role;

use crate::users::{CurrentUser, Users};
use crate::{Error, Result};

/// The user whom an id in a request names, if the current one may see their data: their own, or everybody's with the
/// admin role.
///
/// Whoever may not learns nothing of whether there is such a user: no id but their own is looked up.
///
/// # Errors
/// [`Error::Forbidden`] if they may not, [`Error::UserNotFound`] if an admin names what is no id.
pub(super) fn visible_user(current: &CurrentUser, id: &str) -> Result<UserId> {
    match (UserId::parse(id), current.role()) {
        (Ok(id), Role::Admin) => Ok(id),
        (Ok(id), Role::User) if id == current.id() => Ok(id),
        (Err(_), Role::Admin) => Err(Error::UserNotFound),
        (Ok(_) | Err(_), Role::User) => Err(Error::Forbidden),
    }
}

/// Makes sure that there is such a user. The current one is known to exist.
///
/// # Errors
/// [`Error::UserNotFound`] if there is not; else as the port.
pub(super) async fn check_exists(
    users: &dyn Users,
    current: &CurrentUser,
    id: UserId,
) -> Result<()> {
    if id != current.id() && users.find_profile(id).await?.is_none() {
        return Err(Error::UserNotFound);
    }
    Ok(())
}
