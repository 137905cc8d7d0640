use super::*;

#[test]
fn all_units_are_read_and_nonsense_is_not() {
    assert_eq!(parse("2H"), Some(Duration::from_secs(7200)));
    assert_eq!(parse("1M"), Some(Duration::from_secs(60)));
    assert_eq!(parse("10S"), Some(Duration::from_secs(10)));
    assert_eq!(parse("250m"), Some(Duration::from_millis(250)));
    assert_eq!(parse("7u"), Some(Duration::from_micros(7)));
    assert_eq!(parse("99999999n"), Some(Duration::from_nanos(99_999_999)));
    for nonsense in ["", "S", "5", "-1S", "123456789S", "1d", "é"] {
        assert_eq!(parse(nonsense), None, "{nonsense:?}");
    }
}
