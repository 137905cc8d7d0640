//! Time as API Gateway writes it.

use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

#[cfg(test)]
mod tests;

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
