//! Items of the users table, to and from the types of `app`.

use app::directory::NamePlace;
use app::users::{Attempts, Login, NewUser, Profile};
use domain::UserId;
use domain::user::{Email, Name, Phone, Preferences, Role};
use dynamodb::{Item, text};
use serde::{Deserialize, Serialize};

use crate::shards::index_shard;

pub(super) fn key(pk: String) -> Item {
    Item::from([("pk".to_owned(), text(pk))])
}

/// What the keys of logins begin with.
pub(super) const EMAIL_PREFIX: &str = "email#";

pub(super) fn login_pk(email: &Email) -> String {
    format!("{EMAIL_PREFIX}{}", email.key())
}

pub(super) fn profile_pk(id: UserId) -> String {
    format!("user#{id}")
}

#[derive(Serialize, Deserialize)]
pub(super) struct LoginItem {
    pk: String,
    #[serde(with = "crate::attributes::text")]
    pub(super) user_id: UserId,
    password_hash: String,
    /// Nothing here ever writes it: operators do.
    #[serde(with = "crate::attributes::text", default, skip_serializing)]
    role: Role,
}

impl LoginItem {
    pub(super) fn of(user: &NewUser) -> Self {
        Self {
            pk: login_pk(&user.profile.email),
            user_id: user.profile.id,
            password_hash: user.password_hash.clone(),
            role: Role::default(),
        }
    }
}

impl LoginItem {
    /// The key of the email address.
    pub(super) fn address(&self) -> &str {
        self.pk.strip_prefix(EMAIL_PREFIX).unwrap_or(&self.pk)
    }
}

impl From<LoginItem> for Login {
    fn from(item: LoginItem) -> Self {
        Self {
            user_id: item.user_id,
            password_hash: item.password_hash,
            role: item.role,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct ProfileItem {
    #[serde(with = "crate::attributes::text")]
    id: UserId,
    #[serde(with = "crate::attributes::text")]
    name: Name,
    #[serde(with = "crate::attributes::text")]
    email: Email,
    #[serde(
        with = "crate::attributes::optional_text",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    phone: Option<Phone>,
    /// Profiles stored before there were preferences have none.
    wants_snapshot_saved: Option<bool>,
    wants_alert: Option<bool>,
}

impl From<ProfileItem> for Profile {
    fn from(item: ProfileItem) -> Self {
        let usual = Preferences::default();
        Self {
            id: item.id,
            name: item.name,
            email: item.email,
            phone: item.phone,
            preferences: Preferences {
                snapshot_saved: item.wants_snapshot_saved.unwrap_or(usual.snapshot_saved),
                alert: item.wants_alert.unwrap_or(usual.alert),
            },
        }
    }
}

/// A profile, in the roster, and in the outbox until its registration is published.
#[derive(Serialize)]
pub(super) struct NewProfileItem {
    pk: String,
    created_at: u64,
    name_initial: String,
    name_place: String,
    roster_shard: u8,
    outbox_shard: u8,
    #[serde(flatten)]
    profile: ProfileItem,
}

impl NewProfileItem {
    pub(super) fn of(profile: &Profile) -> Self {
        let shard = index_shard(profile.id);
        let place = NamePlace::of(&profile.name, profile.id);
        Self {
            pk: profile_pk(profile.id),
            created_at: profile.created_at_ms(),
            name_initial: place.initial(),
            name_place: place.as_str().to_owned(),
            roster_shard: shard,
            outbox_shard: shard,
            profile: ProfileItem {
                id: profile.id,
                name: profile.name.clone(),
                email: profile.email.clone(),
                phone: profile.phone.clone(),
                wants_snapshot_saved: Some(profile.preferences.snapshot_saved),
                wants_alert: Some(profile.preferences.alert),
            },
        }
    }
}

/// That a user was deleted: in the index of the roster, where processes look that slept, and in the outbox until the
/// erasure is finished.
#[derive(Serialize)]
pub(super) struct DeletionItem {
    pub(super) pk: String,
    pub(super) roster_shard: u8,
    pub(super) outbox_shard: u8,
    pub(super) expires_at: u64,
}

#[derive(Deserialize)]
pub(super) struct AttemptsItem {
    failures: u32,
    window_began: u64,
    last_attempt: u64,
    known_until: u64,
}

impl From<AttemptsItem> for Attempts {
    fn from(item: AttemptsItem) -> Self {
        Self {
            failures: item.failures,
            window_ms: item.window_began,
            last_ms: item.last_attempt,
            known_until_ms: item.known_until,
        }
    }
}

#[cfg(test)]
mod tests;
