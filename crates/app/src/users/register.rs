use domain::user::{Email, Name, Password, PasswordError, Phone, Preferences};
use domain::{Price, PriceModel, Tick, UserId};

use super::{NewUser, Profile, Users, password};
use crate::{Error, FieldError, Result};

/// What somebody registers with.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Name.
    pub name: Name,
    /// Email address.
    pub email: Email,
    /// Telephone number, if given.
    pub phone: Option<Phone>,
    /// Password.
    pub password: Password,
}

/// A user who has just registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Who.
    pub profile: Profile,
    /// The price assigned to them.
    pub price: Price,
    /// The tick of that price.
    pub tick: Tick,
}

/// Registers a user under a new id, which carries the instant of registration.
///
/// # Errors
/// [`Error::Invalid`] if the password is easy to guess, [`Error::EmailTaken`] if another user has the email address; else
/// as the port.
pub async fn register_user(
    users: &dyn Users,
    prices: &PriceModel,
    registration: Registration,
    id: UserId,
) -> Result<Registered> {
    let Registration {
        name,
        email,
        phone,
        password,
    } = registration;
    let known = [name.as_str(), email.as_str()];
    password.resist_guessing(&known).map_err(refused)?;
    let password_hash = password::hash(password).await?;
    let profile = Profile {
        id,
        name,
        email,
        phone,
        preferences: Preferences::default(),
    };
    let user = NewUser {
        profile,
        password_hash,
    };
    users.create_user(&user).await?;
    let shareholder = prices.shareholder(id);
    Ok(Registered {
        profile: user.profile,
        price: shareholder.opening_price(),
        tick: shareholder.opening_tick(),
    })
}

fn refused(error: PasswordError) -> Error {
    Error::Invalid(vec![FieldError {
        field: "password".to_owned(),
        detail: error.to_string(),
    }])
}
