//! Instants as text: RFC 3339 in UTC, on every wire of ours.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

const WHOLE_SECOND: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const WITH_MILLISECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// An instant before the year 10000, in milliseconds since the Unix epoch. It is shown as
/// `2026-01-01T00:00:05Z`, with milliseconds only where it is not a whole second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant(pub u64);

/// Why a string is not an [`Instant`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an instant: expected RFC 3339 such as 2026-01-01T00:00:00Z")]
pub struct InstantError;

impl Instant {
    /// Reads exactly what `Display` writes: no other offset, no finer fraction, nothing before 1970.
    ///
    /// # Errors
    /// [`InstantError`] for any other text.
    pub fn parse_exact(text: &str) -> Result<Self, InstantError> {
        let instant = Self::from_str(text)?;
        if instant.to_string() == text {
            Ok(instant)
        } else {
            Err(InstantError)
        }
    }
}

/// Reads whatever RFC 3339 allows, to the millisecond. What was before 1970 becomes its first instant.
impl FromStr for Instant {
    type Err = InstantError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InstantError)?;
        let unix_ms = at.unix_timestamp_nanos().div_euclid(1_000_000);
        Ok(Self(u64::try_from(unix_ms).unwrap_or(0)))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000);
        let format = if self.0.is_multiple_of(1000) {
            WHOLE_SECOND
        } else {
            WITH_MILLISECONDS
        };
        let text = at.ok().and_then(|at| at.format(format).ok());
        f.write_str(&text.ok_or(fmt::Error)?)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests;
