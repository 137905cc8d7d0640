//! Time as API Gateway writes it.

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// Milliseconds since 1970, now.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// `requestTime` of an event: `09/Feb/2024:18:23:28 +0000`.
pub(crate) fn request_time(ms: u64) -> String {
    format(
        ms,
        format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000"),
    )
}

/// Timestamps of the management API: `2024-02-09T18:23:28.941Z`.
pub(crate) fn iso_8601(ms: u64) -> String {
    format(
        ms,
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"),
    )
}

fn format(ms: u64, as_described: &[BorrowedFormatItem<'_>]) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
        .ok()
        .and_then(|at| at.format(as_described).ok())
        .expect("BUG: the clock shows a year before 10000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_aws_does() {
        assert_eq!(
            request_time(1_707_503_008_941),
            "09/Feb/2024:18:23:28 +0000"
        );
        assert_eq!(iso_8601(1_707_503_008_941), "2024-02-09T18:23:28.941Z");
        assert_eq!(iso_8601(1_709_164_800_000), "2024-02-29T00:00:00.000Z");
        assert_eq!(iso_8601(1_735_689_599_999), "2024-12-31T23:59:59.999Z");
        assert_eq!(iso_8601(0), "1970-01-01T00:00:00.000Z");
    }
}
