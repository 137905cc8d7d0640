use super::*;

#[test]
fn keys_are_short_and_printable() {
    for good in ["a", "019b76da-a800", &"x".repeat(64), "a b~!"] {
        assert!(IdempotencyKey::parse(good).is_ok(), "{good}");
    }
    for bad in ["", "\n", "a\tb", "ü", &"x".repeat(65)] {
        assert_eq!(
            IdempotencyKey::parse(bad),
            Err(IdempotencyKeyError),
            "{bad}"
        );
    }
}
