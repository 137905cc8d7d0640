use super::*;

#[test]
fn begins_on_five_second_boundaries() {
    assert_eq!(Tick::at_ms(0), Tick(0));
    assert_eq!(Tick::at_ms(4_999), Tick(0));
    assert_eq!(Tick::at_ms(5_000), Tick(1));
    assert_eq!(Tick::at_ms(1_767_225_600_000), Tick(353_445_120));
    assert_eq!(Tick(353_445_120).starts_at_ms(), 1_767_225_600_000);
    assert_eq!(Tick(353_445_120).to_string(), "353445120");
}

#[test]
fn saturates_instead_of_wrapping() {
    assert_eq!(Tick(u64::MAX).next(), Tick(u64::MAX));
    assert_eq!(Tick(0).previous(), Tick(0));
    assert_eq!(Tick(u64::MAX).starts_at_ms(), u64::MAX);
    assert_eq!(Tick(7).plus(3).minus(1), Tick(9));
}
