//! Instants as RFC 3339 text in UTC.

use std::fmt;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

const WHOLE_SECOND: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const WITH_MILLISECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// An instant, in milliseconds since the Unix epoch. Displays with milliseconds only when it is not a whole
/// second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instant(pub(super) u64);

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

/// Why a text is not an [`Instant`].
#[derive(Debug, thiserror::Error)]
#[error("expected an instant in UTC such as 2026-01-01T00:00:05Z")]
pub(super) struct InstantError;

impl Instant {
    /// Reads exactly what `Display` writes.
    pub(super) fn parse(text: &str) -> Result<Self, InstantError> {
        let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InstantError)?;
        let unix_ms = at.unix_timestamp_nanos() / 1_000_000;
        let instant = Self(u64::try_from(unix_ms).map_err(|_| InstantError)?);
        // Another offset, a finer fraction or another spelling comes out different.
        if instant.to_string() == text {
            Ok(instant)
        } else {
            Err(InstantError)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_instants() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_767_225_605_000, "2026-01-01T00:00:05Z"),
            (1_798_761_599_999, "2026-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Instant(ms).to_string(), text);
            assert_eq!(Instant::parse(text).unwrap(), Instant(ms));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "2026-01-01",
            "2026-01-01T00:00:05",
            "2026-01-01T00:00:05+00:00",
            "2026-01-01 00:00:05Z",
            "2026-02-30T00:00:05Z",
            "2026-13-01T00:00:05Z",
            "2026-01-01T24:00:00Z",
            "2026-01-00T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "2026-01-01T00:00:05.000Z",
            "2026-01-01T00:00:05.1Z",
            "2026-01-01T00:00:0\u{e9}Z",
        ] {
            assert!(Instant::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(ms in 0..253_402_300_800_000_u64) {
            prop_assert_eq!(Instant::parse(&Instant(ms).to_string()).unwrap(), Instant(ms));
        }
    }
}
