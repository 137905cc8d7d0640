//! Items of the users table, to and from the types of `app`.

use std::collections::HashMap;
use std::fmt::Display;

use app::directory::NamePlace;
use app::users::{Attempts, Login, NewUser, Profile};
use app::{Error, Result};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::user::{Email, Name, Phone, Preferences, Role};
use domain::{Shard, UserId};

/// Shards of the roster and outbox indexes: enough for 16,000 registrations a second, and few enough
/// for price-tick to read all of them in parallel.
pub(super) const INDEX_SHARDS: u8 = 16;

pub(super) struct Item(pub(super) HashMap<String, AttributeValue>);

pub(super) fn login_key(email: &Email) -> String {
    format!("email#{}", email.key())
}

pub(super) fn profile_key(id: UserId) -> String {
    format!("user#{id}")
}

/// The shard of the indexes that a user is in.
pub(super) fn index_shard(id: UserId) -> u8 {
    Shard::of(id).index() % INDEX_SHARDS
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn login(user: &NewUser) -> Item {
    Item(HashMap::from([
        ("pk".to_owned(), text(login_key(&user.profile.email))),
        ("user_id".to_owned(), text(user.profile.id.to_string())),
        ("password_hash".to_owned(), text(&user.password_hash)),
    ]))
}

/// The profile, in the roster, and in the outbox until its registration is published.
pub(super) fn profile(profile: &Profile) -> Item {
    let shard = index_shard(profile.id);
    let place = NamePlace::of(&profile.name, profile.id);
    let mut item = HashMap::from([
        ("pk".to_owned(), text(profile_key(profile.id))),
        ("id".to_owned(), text(profile.id.to_string())),
        ("name".to_owned(), text(profile.name.as_str())),
        ("email".to_owned(), text(profile.email.as_str())),
        ("created_at".to_owned(), number(profile.created_at_ms())),
        ("name_initial".to_owned(), text(place.initial())),
        ("name_place".to_owned(), text(place.as_str())),
        ("roster_shard".to_owned(), number(shard)),
        ("outbox_shard".to_owned(), number(shard)),
        (
            "wants_snapshot_saved".to_owned(),
            AttributeValue::Bool(profile.preferences.snapshot_saved),
        ),
        (
            "wants_alert".to_owned(),
            AttributeValue::Bool(profile.preferences.alert),
        ),
    ]);
    if let Some(phone) = &profile.phone {
        item.insert("phone".to_owned(), text(phone.as_str()));
    }
    Item(item)
}

impl Item {
    pub(super) fn to_login(&self) -> Result<Login> {
        Ok(Login {
            user_id: self.parsed("user_id", UserId::parse)?,
            password_hash: self.text("password_hash")?.to_owned(),
            // Nothing here ever writes it: operators do.
            role: match self.0.get("role") {
                Some(_) => self.parsed("role", Role::parse)?,
                None => Role::User,
            },
        })
    }

    pub(super) fn to_profile(&self) -> Result<Profile> {
        Ok(Profile {
            id: self.parsed("id", UserId::parse)?,
            name: self.parsed("name", Name::parse)?,
            email: self.parsed("email", Email::parse)?,
            phone: match self.0.get("phone") {
                Some(_) => Some(self.parsed("phone", Phone::parse)?),
                None => None,
            },
            preferences: self.to_preferences()?,
        })
    }

    /// Profiles stored before there were preferences have none.
    fn to_preferences(&self) -> Result<Preferences> {
        let usual = Preferences::default();
        Ok(Preferences {
            snapshot_saved: self.flag("wants_snapshot_saved", usual.snapshot_saved)?,
            alert: self.flag("wants_alert", usual.alert)?,
        })
    }

    fn flag(&self, name: &'static str, usual: bool) -> Result<bool> {
        match self.0.get(name) {
            None => Ok(usual),
            Some(AttributeValue::Bool(flag)) => Ok(*flag),
            Some(_) => Err(unreadable(name, "is not a boolean")),
        }
    }

    pub(super) fn to_attempts(&self) -> Result<Attempts> {
        Ok(Attempts {
            failures: self.number("failures")?,
            window_ms: self.number("window_began")?,
            last_ms: self.number("last_attempt")?,
            known_until_ms: self.number("known_until")?,
        })
    }

    fn text(&self, name: &'static str) -> Result<&str> {
        match self.0.get(name) {
            Some(AttributeValue::S(text)) => Ok(text),
            _ => Err(unreadable(name, "is not a text")),
        }
    }

    fn parsed<T, E: Display>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T> {
        parse(self.text(name)?).map_err(|error| unreadable(name, error))
    }

    fn number<T: std::str::FromStr>(&self, name: &'static str) -> Result<T> {
        match self.0.get(name) {
            Some(AttributeValue::N(digits)) => digits
                .parse()
                .map_err(|_| unreadable(name, "is out of range")),
            _ => Err(unreadable(name, "is not a number")),
        }
    }
}

/// Names the attribute, not its value, which may be personal.
pub(super) fn unreadable(attribute: &'static str, why: impl Display) -> Error {
    let source = format!("attribute {attribute} {why}").into();
    Error::Internal {
        what: "reading the users table",
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_named_without_its_value() {
        let item = Item(HashMap::from([
            ("user_id".to_owned(), text("somebody")),
            ("password_hash".to_owned(), number(1)),
        ]));
        let Err(error) = item.to_login() else {
            panic!("this is no login")
        };
        let causes = app::Causes(&error).to_string();
        assert!(causes.starts_with("internal error: reading the users table: attribute user_id"));
        assert!(!causes.contains("somebody"), "{causes}");
    }
}
