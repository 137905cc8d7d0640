//! How types of the domain, which know no serde, lie in attributes: for `#[serde(with = "…")]`.

use std::borrow::Cow;

use domain::alert::{Channel, Crossing};
use domain::session::SessionId;
use domain::user::{Email, Name, Phone, Role};
use domain::{Network, Price, SnapshotId, UserId};
use feed::session::Protocol;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an attribute holds as a string.
pub(crate) trait Text: Sized {
    fn as_text(&self) -> Cow<'_, str>;
    fn of_text(text: &str) -> Option<Self>;
}

macro_rules! text {
    ($($type:ty: $value:ident => $text:expr, $of:expr;)*) => {$(
        impl Text for $type {
            fn as_text(&self) -> Cow<'_, str> {
                let $value = self;
                $text.into()
            }

            fn of_text(text: &str) -> Option<Self> {
                $of(text).ok()
            }
        }
    )*};
}
text! {
    UserId: id => id.to_string(), UserId::parse;
    SessionId: id => id.to_string(), SessionId::parse;
    SnapshotId: id => id.to_string(), SnapshotId::parse;
    Name: name => name.as_str(), Name::stored;
    Email: email => email.as_str(), Email::stored;
    Phone: phone => phone.as_str(), Phone::parse;
    Role: role => role.as_str(), Role::parse;
    Network: network => network.to_string(), str::parse::<Network>;
    Channel: channel => channel.name(), str::parse::<Self>;
    Crossing: crossing => crossing_name(*crossing), crossing_of;
    Protocol: protocol => protocol.name(), |name| Protocol::from_name(name).ok_or(());
}

const fn crossing_name(crossing: Crossing) -> &'static str {
    match crossing {
        Crossing::Above => "above",
        Crossing::Below => "below",
    }
}

fn crossing_of(name: &str) -> Result<Crossing, ()> {
    let all = [Crossing::Above, Crossing::Below].into_iter();
    let mut named = all.filter(|crossing| crossing_name(*crossing) == name);
    named.next().ok_or(())
}

/// Strings. Errors never show the value, which may be personal.
pub(crate) mod text {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(value: &impl Text, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&value.as_text())
    }

    pub(crate) fn deserialize<'de, T: Text, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let text = String::deserialize(from)?;
        T::of_text(&text).ok_or_else(|| D::Error::custom("not what it should be"))
    }
}

/// Strings that may be missing: with `default` and `skip_serializing_if = "Option::is_none"`.
pub(crate) mod optional_text {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<impl Text>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Text::as_text).serialize(to)
    }

    pub(crate) fn deserialize<'de, T: Text, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        super::text::deserialize(from).map(Some)
    }
}

/// Prices, in cents.
pub(crate) mod cents {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(price: &Price, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(price.cents())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Price, D::Error> {
        let cents = u64::deserialize(from)?;
        Price::from_cents(cents).ok_or_else(|| D::Error::custom("not a price"))
    }
}

/// Prices that may be missing: with `default` and `skip_serializing_if = "Option::is_none"`.
pub(crate) mod optional_cents {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        price: &Option<Price>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        price.map(Price::cents).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Price>, D::Error> {
        super::cents::deserialize(from).map(Some)
    }
}
