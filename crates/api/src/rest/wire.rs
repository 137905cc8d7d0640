use std::convert::Infallible;

use app::users::{AccessToken, Credentials, Me, Profile, Registered, Registration};
use domain::Change;
use domain::user::{Email, Name, Password, Phone, Preferences};
use lambda_http::Request;
use serde::Serialize;

use super::{Fields, network};
use crate::instant::rfc3339;
use crate::problem::Problem;

/// Reads `POST /api/v1/users/register`.
///
/// # Errors
/// The problem with the request; bad fields are named all at once.
pub fn registration(request: &Request) -> Result<Registration, Problem> {
    let mut fields = Fields::read(request)?;
    let name = fields.required("name", Name::parse);
    let email = fields.required("email", Email::parse);
    let phone = fields.optional("phone", Phone::parse);
    let password = fields.required("password", Password::parse);
    let made = || {
        Some(Registration {
            name: name?,
            email: email?,
            phone,
            password: password?,
        })
    };
    Ok(fields.finish(made)?)
}

/// Reads `POST /api/v1/users/login`.
///
/// # Errors
/// The problem with the request; bad fields are named all at once.
pub fn credentials(request: &Request) -> Result<Credentials, Problem> {
    let mut fields = Fields::read(request)?;
    let email = fields.required("email", Email::parse);
    // Any text may be wrong; rules are for new passwords.
    let password = fields.required("password", |text| Ok::<_, Infallible>(text.to_owned()));
    let network = network(request);
    let made = || {
        Some(Credentials {
            email: email?,
            password: password?,
            network,
        })
    };
    Ok(fields.finish(made)?)
}

/// What the profile has in every answer.
#[derive(Debug, Serialize)]
struct ProfileBody {
    id: String,
    name: String,
    email: String,
    phone: Option<String>,
}

/// Answers `POST /api/v1/users/register`.
#[derive(Debug, Serialize)]
pub struct RegisteredBody {
    #[serde(flatten)]
    profile: ProfileBody,
    price: String,
    tick: u64,
    created_at: String,
}

/// Answers `POST /api/v1/users/login`.
#[derive(Debug, Serialize)]
pub struct TokenBody {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
}

/// Answers `GET` and `PATCH` of `/api/v1/users/me`.
#[derive(Debug, Serialize)]
pub struct MeBody {
    #[serde(flatten)]
    profile: ProfileBody,
    notifications: NotificationsBody,
    price: String,
    tick: u64,
    change: ChangeBody,
    opening_price: String,
    created_at: String,
}

/// Which notifications the user wants.
#[derive(Debug, Serialize)]
struct NotificationsBody {
    snapshot_saved: bool,
    alert: bool,
}

/// How one price differs from an earlier one.
#[derive(Debug, Serialize)]
pub(super) struct ChangeBody {
    absolute: String,
    percent: String,
}

/// Answers `GET /health`.
#[derive(Debug, Serialize)]
pub struct HealthBody {
    status: &'static str,
}

impl HealthBody {
    /// All is well.
    pub const OK: Self = Self { status: "ok" };
}

impl From<&Profile> for ProfileBody {
    fn from(profile: &Profile) -> Self {
        Self {
            id: profile.id.to_string(),
            name: profile.name.to_string(),
            email: profile.email.to_string(),
            phone: profile.phone.as_ref().map(Phone::to_string),
        }
    }
}

impl From<&Registered> for RegisteredBody {
    fn from(registered: &Registered) -> Self {
        Self {
            profile: (&registered.profile).into(),
            price: registered.price.to_string(),
            tick: registered.tick.get(),
            created_at: rfc3339(registered.profile.created_at_ms()),
        }
    }
}

impl From<AccessToken> for TokenBody {
    fn from(token: AccessToken) -> Self {
        Self {
            access_token: token.token,
            token_type: "Bearer",
            expires_in: token.expires_in_secs,
        }
    }
}

impl From<Change> for ChangeBody {
    fn from(change: Change) -> Self {
        Self {
            absolute: change.absolute.to_string(),
            percent: change.percent.to_string(),
        }
    }
}

impl From<&Me> for MeBody {
    fn from(me: &Me) -> Self {
        let Preferences {
            snapshot_saved,
            alert,
        } = me.profile.preferences;
        Self {
            profile: (&me.profile).into(),
            notifications: NotificationsBody {
                snapshot_saved,
                alert,
            },
            price: me.price.to_string(),
            tick: me.tick.get(),
            change: me.change.into(),
            opening_price: me.opening_price.to_string(),
            created_at: rfc3339(me.profile.created_at_ms()),
        }
    }
}
