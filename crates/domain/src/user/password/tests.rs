use super::*;

#[test]
fn a_password_is_measured_in_characters_and_never_shown() {
    assert_eq!(Password::parse("elf letters"), Err(PasswordError::TooShort));
    assert_eq!(
        Password::parse(" twelve char").unwrap().expose(),
        " twelve char"
    );
    assert!(Password::parse(&"🦀".repeat(12)).is_ok());
    assert!(Password::parse(&"🦀".repeat(128)).is_ok());
    assert_eq!(
        Password::parse(&"x".repeat(129)),
        Err(PasswordError::TooLong)
    );
    let shown = format!("{:?}", Password::parse("correct horse").unwrap());
    assert_eq!(shown, "Password(redacted)");
}

#[test]
fn a_password_is_the_same_from_every_keyboard() {
    for (typed, prepared) in [
        ("cafe\u{301} au lait", "caf\u{E9} au lait"),
        ("caf\u{E9}\u{A0}au\u{3000}lait", "caf\u{E9} au lait"),
        ("\u{212B}ngstr\u{F6}m unit", "\u{C5}ngstr\u{F6}m unit"),
        ("Case Stays As It Is", "Case Stays As It Is"),
        ("\u{FF21}\u{FF22} full width", "\u{FF21}\u{FF22} full width"),
    ] {
        assert_eq!(prepare_password(typed), prepared);
        assert_eq!(prepare_password(prepared), prepared);
        assert_eq!(Password::parse(typed).unwrap().expose(), prepared);
    }
    let twelve_when_typed = "e\u{301}".repeat(6);
    assert_eq!(
        Password::parse(&twelve_when_typed),
        Err(PasswordError::TooShort)
    );
}
