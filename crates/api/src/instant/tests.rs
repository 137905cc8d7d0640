use proptest::prelude::*;

use super::*;

#[test]
fn whole_seconds_have_no_fraction() {
    for (unix_ms, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00Z"),
        (1_767_225_600_120, "2026-01-01T00:00:00.120Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00Z"),
    ] {
        assert_eq!(Instant(unix_ms).to_string(), text);
    }
}

#[test]
fn people_may_write_all_of_rfc_3339() {
    for (text, unix_ms) in [
        ("1969-12-31T23:59:59.999Z", 0),
        ("2026-01-01T00:00:00.1209Z", 1_767_225_600_120),
        ("2026-01-01T01:00:00+01:00", 1_767_225_600_000),
        ("2026-01-01t00:00:00z", 1_767_225_600_000),
        ("2026-01-01T00:00:05+00:00", 1_767_225_605_000),
        ("2026-01-01T00:00:05.000Z", 1_767_225_605_000),
        ("2026-01-01T00:00:05.1Z", 1_767_225_605_100),
        ("9999-12-31T23:59:59Z", 253_402_300_799_000),
    ] {
        assert_eq!(text.parse(), Ok(Instant(unix_ms)), "{text}");
        let is_exact = Instant(unix_ms).to_string() == text;
        assert_eq!(Instant::parse_exact(text).is_ok(), is_exact, "{text}");
    }
}

#[test]
fn anything_else_is_refused() {
    for text in [
        "",
        "now",
        "1767225600",
        "2026-01-01",
        "2026-01-01T00:00:05",
        "2026-01-01T01:00:00 01:00",
        "2026-02-30T00:00:05Z",
        "2026-13-01T00:00:05Z",
        "2026-01-01T24:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-01T00:00:0\u{e9}Z",
    ] {
        assert_eq!(text.parse::<Instant>(), Err(InstantError), "{text}");
        assert_eq!(Instant::parse_exact(text), Err(InstantError), "{text}");
    }
    let with_space = Instant::parse_exact("2026-01-01 00:00:05Z");
    assert_eq!(with_space, Err(InstantError));
}

proptest! {
    #[test]
    fn what_is_written_is_read(ms in 0..253_402_300_800_000_u64) {
        prop_assert_eq!(Instant::parse_exact(&Instant(ms).to_string()), Ok(Instant(ms)));
    }
}
