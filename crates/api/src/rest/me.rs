use app::users::{Me, PhoneChange, PreferencesChange, Profile, ProfileChange};
use domain::user::{Name, Phone, Preferences};
use domain::{Change, Money, Percent, Price, UserId};
use lambda_http::Request;
use serde::Serialize;

use super::Fields;
use super::scalars::{Text, TickNumber};
use crate::instant::Instant;
use crate::problem::Problem;

/// Reads `PATCH /api/v1/users/me`: a JSON merge patch (RFC 7396). What it leaves out stays as it is; only the
/// phone number can be removed, with `null`. A patch that changes nothing is fine.
///
/// # Errors
/// The problem with the request; bad fields are named all at once, those of `notifications` as
/// `notifications.alert` and so on.
pub fn profile_change(request: &Request) -> Result<ProfileChange, Problem> {
    let mut fields = Fields::read_merge_patch(request)?;
    let name = fields.changeable("name", Name::parse);
    let phone = match fields.removable("phone", Phone::parse) {
        None => PhoneChange::Keep,
        Some(None) => PhoneChange::Remove,
        Some(Some(phone)) => PhoneChange::To(phone),
    };
    let preferences = fields.object("notifications", "notifications.", |fields| {
        PreferencesChange {
            snapshot_saved: fields.flag("snapshot_saved"),
            alert: fields.flag("alert"),
        }
    });
    fields.refused(
        "email",
        "can't be changed: an account belongs to its address",
    );
    let change = ProfileChange {
        name,
        phone,
        preferences: preferences.unwrap_or_default(),
    };
    Ok(fields.finish(|| Some(change))?)
}

/// What the profile has in every answer.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(super) struct ProfileBody {
    id: Text<UserId>,
    name: String,
    email: String,
    phone: Option<String>,
}

/// The caller's profile and live price.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MeBody {
    #[serde(flatten)]
    profile: ProfileBody,
    notifications: NotificationsBody,
    /// The price now.
    price: Text<Price>,
    tick: TickNumber,
    /// From the opening price to the price now.
    change: ChangeBody,
    opening_price: Text<Price>,
    created_at: Instant,
}

/// Which notifications the user wants.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
struct NotificationsBody {
    /// An email for every snapshot that is saved.
    snapshot_saved: bool,
    /// An email or a text message when a price alert fires.
    alert: bool,
}

/// How one price differs from an earlier one.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub(super) struct ChangeBody {
    absolute: Text<Money>,
    percent: Text<Percent>,
}

impl From<&Profile> for ProfileBody {
    fn from(profile: &Profile) -> Self {
        Self {
            id: profile.id.into(),
            name: profile.name.to_string(),
            email: profile.email.to_string(),
            phone: profile.phone.as_ref().map(Phone::to_string),
        }
    }
}

impl From<Change> for ChangeBody {
    fn from(change: Change) -> Self {
        Self {
            absolute: change.absolute.into(),
            percent: change.percent.into(),
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
            price: me.price.into(),
            tick: me.tick.into(),
            change: me.change.into(),
            opening_price: me.opening_price.into(),
            created_at: Instant(me.profile.created_at_ms()),
        }
    }
}

#[cfg(feature = "openapi")]
pub(super) mod openapi {
    #![expect(dead_code, reason = "the reader above decodes requests field by field")]

    use schemars::JsonSchema;
    use serde_json::json;

    use super::MeBody;
    use crate::openapi::components::not_null;
    use crate::openapi::operations::Api;

    const PATH: &str = "/api/v1/users/me";

    /// What JSON Schema can say of names: so many characters of which the first and the last can be seen and none is a
    /// control, with any blanks around them.
    pub(in super::super) const NAME: &str =
        r"^\s*[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]{0,98}[^\s\x00-\x1f\x7f-\x9f])?\s*$";

    #[derive(JsonSchema)]
    #[schemars(inline)]
    pub(in super::super) struct PhoneNumber(
        /// In international form (E.164).
        #[schemars(regex(pattern = r"^\+[1-9][0-9]{7,14}$"))]
        String,
    );

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields)]
    struct ProfileChange {
        #[schemars(regex(pattern = NAME), transform = not_null)]
        name: Option<String>,
        phone: Option<PhoneNumber>,
        #[schemars(transform = not_null)]
        notifications: Option<NotificationsChange>,
    }

    #[derive(JsonSchema)]
    #[schemars(deny_unknown_fields, inline)]
    struct NotificationsChange {
        #[schemars(transform = not_null)]
        snapshot_saved: Option<bool>,
        #[schemars(transform = not_null)]
        alert: Option<bool>,
    }

    pub(in super::super) fn describe(api: &mut Api) {
        let me = json!({
            "id": "019b76da-a800-7000-8000-000000000001", "name": "Ada Lovelace",
            "email": "ada@example.com", "phone": null,
            "notifications": {"snapshot_saved": false, "alert": true},
            "price": "101.66", "tick": 353445132, "change": {"absolute": "0.46", "percent": "0.45"},
            "opening_price": "101.20", "created_at": "2026-01-01T00:00:00Z",
        });
        api.operation("get", PATH, "me", "users")
            .with_token()
            .summary("The caller's profile and live price")
            .answers::<MeBody>(
                200,
                "The profile, with the price at the current tick and the change since \
                 registration.",
                me.clone(),
            );
        api.operation("patch", PATH, "updateMe", "users")
            .with_token()
            .summary("Change name, phone number and notifications")
            .description(
                "A JSON merge patch (RFC 7396). What is left out stays as it is. Only the phone \
                 number can be removed, with null. An empty patch changes nothing. The email \
                 address can't be changed.",
            )
            .body_as::<ProfileChange>(&[
                (
                    "application/merge-patch+json",
                    Some(json!({"phone": null, "notifications": {"alert": false}})),
                ),
                ("application/json", Some(json!({"name": "Ada King"}))),
            ])
            .answers::<MeBody>(200, "The profile as it is now, as GET shows it.", me);
        api.operation("delete", PATH, "deleteMe", "users")
            .with_token()
            .summary("Delete the account and everything that is kept of it")
            .description(
                "Takes no fields and can't be undone. Afterwards every access token of the user \
                 and the password are refused, the price no longer moves, open WebSocket \
                 connections get the message `bye` and are closed, and the email address can be \
                 registered again. A second request is answered with 401.",
            )
            .body_problems()
            .answers_nothing(
                204,
                "The account is deleted. What could not be erased at once is erased within \
                 minutes.",
            );
    }
}

#[cfg(test)]
mod tests;
