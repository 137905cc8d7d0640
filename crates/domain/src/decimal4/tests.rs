use super::*;

#[test]
fn always_shows_four_decimals() {
    for (ten_thousandths, text) in [
        (0, "0.0000"),
        (-1, "-0.0001"),
        (123_456, "12.3456"),
        (-10_000, "-1.0000"),
    ] {
        let shown = Decimal4::from_ten_thousandths(ten_thousandths).to_string();
        assert_eq!(shown, text);
    }
}

#[test]
fn rounds_a_quotient_half_away_from_zero() {
    for (dividend, divisor, expected) in [
        (7, 2, 4),
        (-7, 2, -4),
        (10, 4, 3),
        (9, 4, 2),
        (1, 3, 0),
        (2, 3, 1),
        (-2, 3, -1),
        (0, 5, 0),
        (i128::MAX, 1, i128::MAX),
    ] {
        let rounded = Decimal4::quotient(dividend, divisor).ten_thousandths();
        assert_eq!(rounded, expected, "{dividend} / {divisor}");
    }
}
