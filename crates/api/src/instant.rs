//! Instants on the wire: RFC 3339 in UTC.

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Duration, OffsetDateTime};

const WHOLE_SECOND: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
const WITH_MILLISECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Formats an instant given in milliseconds since the Unix epoch, such as `2026-01-01T00:00:05Z`; with
/// milliseconds only where it is not a whole second.
///
/// # Panics
/// After the year 9999, which RFC 3339 can't write.
#[must_use]
pub fn rfc3339(unix_ms: u64) -> String {
    let since_epoch = Duration::milliseconds(i64::try_from(unix_ms).unwrap_or(i64::MAX));
    let format = if unix_ms.is_multiple_of(1000) {
        WHOLE_SECOND
    } else {
        WITH_MILLISECONDS
    };
    OffsetDateTime::UNIX_EPOCH
        .checked_add(since_epoch)
        .and_then(|at| at.format(format).ok())
        .expect("BUG: instants are before the year 10000")
}

/// Why something is not an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "is not an instant: expected RFC 3339 such as 2026-01-01T00:00:00Z (in a URL, the + of an offset is %2B)"
)]
pub struct InstantError;

/// Reads an instant of RFC 3339, to the millisecond, as milliseconds since the Unix epoch; what was
/// before that is 0.
///
/// # Errors
/// [`InstantError`] for any other text.
pub fn parse_rfc3339(text: &str) -> Result<u64, InstantError> {
    let instant = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InstantError)?;
    let unix_ms = instant.unix_timestamp_nanos().div_euclid(1_000_000);
    Ok(u64::try_from(unix_ms).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_instants() {
        for (text, unix_ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.999Z", 0),
            ("2026-01-01T00:00:00.1209Z", 1_767_225_600_120),
            ("2026-01-01T01:00:00+01:00", 1_767_225_600_000),
            ("2026-01-01t00:00:00z", 1_767_225_600_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ] {
            assert_eq!(parse_rfc3339(text), Ok(unix_ms), "{text}");
        }
        for text in [
            "",
            "now",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01T01:00:00 01:00",
            "2026-02-30T00:00:00Z",
            "1767225600",
        ] {
            assert_eq!(parse_rfc3339(text), Err(InstantError), "{text}");
        }
    }

    #[test]
    fn formats_instants() {
        for (unix_ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_767_225_600_120, "2026-01-01T00:00:00.120Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(unix_ms), text);
        }
    }
}
