//! Instants on the wire: RFC 3339 in UTC.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// Formats an instant given in milliseconds since the Unix epoch, such as `2026-01-01T00:00:05Z`; with a
/// fraction only where it is not a whole second.
///
/// # Panics
/// After the year 9999, which RFC 3339 can't write.
#[must_use]
pub fn rfc3339(unix_ms: u64) -> String {
    let since_epoch = Duration::milliseconds(i64::try_from(unix_ms).unwrap_or(i64::MAX));
    OffsetDateTime::UNIX_EPOCH
        .checked_add(since_epoch)
        .and_then(|at| at.format(&Rfc3339).ok())
        .expect("BUG: instants are before the year 10000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_instants() {
        for (unix_ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_767_225_600_123, "2026-01-01T00:00:00.123Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(unix_ms), text);
        }
    }
}
