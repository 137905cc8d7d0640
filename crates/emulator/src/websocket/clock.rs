//! Time as API Gateway writes it.

use std::time::{SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Milliseconds since 1970, now.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// `requestTime` of an event: `09/Feb/2024:18:23:28 +0000`.
pub(super) fn request_time(ms: u64) -> String {
    let Utc {
        year,
        month,
        day,
        hour,
        minute,
        second,
        ..
    } = Utc::from_ms(ms);
    let month = MONTHS[month - 1];
    format!("{day:02}/{month}/{year}:{hour:02}:{minute:02}:{second:02} +0000")
}

/// Timestamps of the management API: `2024-02-09T18:23:28.941Z`.
pub(super) fn iso_8601(ms: u64) -> String {
    let Utc {
        year,
        month,
        day,
        hour,
        minute,
        second,
        milli,
    } = Utc::from_ms(ms);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

struct Utc {
    year: u64,
    month: usize,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    milli: u64,
}

impl Utc {
    fn from_ms(ms: u64) -> Self {
        let (mut days, of_day) = (ms / 86_400_000, ms % 86_400_000);
        let mut year = 1970;
        loop {
            let length = 365 + u64::from(is_leap(year));
            if days < length {
                break;
            }
            days -= length;
            year += 1;
        }
        let february = 28 + u64::from(is_leap(year));
        let mut month = 1;
        for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
            if days < length {
                break;
            }
            days -= length;
            month += 1;
        }
        Self {
            year,
            month,
            day: days + 1,
            hour: of_day / 3_600_000,
            minute: of_day / 60_000 % 60,
            second: of_day / 1000 % 60,
            milli: of_day % 1000,
        }
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
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
