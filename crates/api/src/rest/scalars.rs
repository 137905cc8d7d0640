//! The values that answers are made of.

use std::fmt::Display;

use domain::Tick;
use serde::{Serialize, Serializer};

/// A value that goes as a string although it isn't one: ids, and decimals, which a float would round.
#[derive(Debug)]
pub(crate) struct Text<T>(pub(crate) T);

impl<T> From<T> for Text<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// `floor(unix_seconds / 5)`
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(rename = "Tick"))]
pub(crate) struct TickNumber(u64);

impl From<Tick> for TickNumber {
    fn from(tick: Tick) -> Self {
        Self(tick.get())
    }
}

#[cfg(feature = "openapi")]
mod schemas {
    use std::borrow::Cow;

    use domain::alert::AlertId;
    use domain::session::SessionId;
    use domain::{Decimal4, Money, Percent, Price, SnapshotId, UserId};
    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::Text;
    use crate::instant::Instant;

    macro_rules! text_schemas {
        ($($($of:ty)|+ => $name:literal, $format:literal, $pattern:literal, $description:literal;)*) => {$($(
            impl JsonSchema for $of {
                fn schema_name() -> Cow<'static, str> {
                    $name.into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!({
                        "description": $description,
                        "type": "string",
                        "format": $format,
                        "pattern": $pattern,
                    })
                }
            }
        )+)*};
    }

    text_schemas! {
        Text<UserId> | Text<SnapshotId> | Text<AlertId> | Text<SessionId> => "Uuid", "uuid",
            "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
            "A UUID of version 7, which carries the instant at which it was made.";
        Instant => "Instant", "date-time",
            r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3})?Z$",
            "An instant in UTC, with milliseconds only where it is not a whole second.";
        Text<Price> => "Price", "decimal", r"^(0\.(0[1-9]|[1-9][0-9])|[1-9][0-9]{0,11}\.[0-9]{2}|1000000000000\.00)$",
            "A positive amount with two decimals, a trillion at most.";
        Text<Money> => "Amount", "decimal", r"^-?[0-9]+\.[0-9]{2}$",
            "A signed amount with two decimals.";
        Text<Percent> => "Percent", "decimal", r"^-?[0-9]+\.[0-9]{2}$",
            "A signed percentage with two decimals.";
        Text<Decimal4> => "Mean", "decimal", r"^-?[0-9]+\.[0-9]{4}$",
            "A signed number with four decimals.";
    }
}
