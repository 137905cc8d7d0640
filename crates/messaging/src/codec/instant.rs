//! Instants as RFC 3339 text in UTC.

use std::fmt;

const MS_PER_DAY: u64 = 86_400_000;

/// An instant, in milliseconds since the Unix epoch. Displays without a fraction when it is a whole second,
/// else with three decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instant(pub(super) u64);

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.0 / MS_PER_DAY);
        let ms = self.0 % MS_PER_DAY;
        let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        match ms % 1000 {
            0 => f.write_str("Z"),
            fraction => write!(f, ".{fraction:03}Z"),
        }
    }
}

/// Why a text is not an [`Instant`].
#[derive(Debug, thiserror::Error)]
#[error("expected an instant in UTC such as 2026-01-01T00:00:05Z")]
pub(super) struct InstantError;

impl Instant {
    /// Reads exactly what `Display` writes.
    pub(super) fn parse(text: &str) -> Result<Self, InstantError> {
        let number = |range: std::ops::Range<usize>| -> Result<u64, InstantError> {
            let digits = text.get(range).ok_or(InstantError)?;
            if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(InstantError);
            }
            digits.parse().map_err(|_| InstantError)
        };
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
        let fraction = if text.len() == 20 { 0 } else { number(20..23)? };
        if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) {
            return Err(InstantError);
        }
        let time = hour * 3_600_000 + minute * 60_000 + second * 1000 + fraction;
        let instant = Self(days(year, month, day) * MS_PER_DAY + time);
        // Whatever was out of range or out of place comes out different.
        if instant.to_string() == text {
            Ok(instant)
        } else {
            Err(InstantError)
        }
    }
}

/// Year, month and day of a number of days since the Unix epoch: Howard Hinnant's `civil_from_days`.
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

/// The other way round, from 1970 on.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year / 400;
    let year_of_era = year % 400;
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day.saturating_sub(1);
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
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
