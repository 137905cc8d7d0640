//! What a request's fields hold, and which of them are wrong.

use std::fmt;
use std::ops::RangeInclusive;

use app::FieldError;
use domain::Price;
use prost_types::Timestamp;

/// The first and last second that people write with four digits of year.
const INSTANTS: RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// Reads fields, and notes every one that is wrong.
#[derive(Default)]
pub(crate) struct Fields {
    pub(crate) violations: Vec<FieldError>,
}

impl Fields {
    pub(crate) fn read<T, E: fmt::Display>(
        &mut self,
        field: &str,
        read: Result<T, E>,
    ) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                self.violation(field, error.to_string());
                None
            }
        }
    }

    pub(crate) fn violation(&mut self, field: &str, detail: impl Into<String>) {
        self.violations.push(FieldError {
            field: field.to_owned(),
            detail: detail.into(),
        });
    }

    pub(crate) fn price(&mut self, field: &str, text: &str) -> Option<Price> {
        self.read(field, Price::parse(text))
    }

    pub(crate) fn instant(&mut self, field: &str, instant: Option<Timestamp>) -> Option<At> {
        let Some(instant) = instant else {
            self.violation(field, "is missing: expected an instant");
            return None;
        };
        if !INSTANTS.contains(&instant.seconds) || !(0..1_000_000_000).contains(&instant.nanos) {
            self.violation(field, "is not an instant of the years 1 to 9999");
            return None;
        }
        Some(At::new(instant))
    }
}

/// An instant as people read it.
pub(crate) struct At(String);

impl At {
    /// To the second, in UTC. The instant is within the years 1 to 9999.
    fn new(instant: Timestamp) -> Self {
        let whole = Timestamp {
            nanos: 0,
            ..instant
        };
        Self(whole.to_string().replace('T', " ").replace('Z', " UTC"))
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
