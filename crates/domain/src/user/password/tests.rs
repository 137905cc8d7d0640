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

#[test]
fn what_is_tried_first_is_refused() {
    let known = ["Ada Lovelace", "ada.lovelace@example.com"];
    for guessable in [
        "password1234",
        "Password1234!",
        "p@ssw0rdp@ssw0rd",
        "qwertyuiop12",
        "1qaz2wsx3edc",
        "123456789012",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "iloveyou1234",
        "fastfusion2026",
        "ada lovelace",
        "Ada.Lovelace1",
        &"password".repeat(16),
    ] {
        let password = Password::parse(guessable).unwrap();
        let judged = password.resist_guessing(&known);
        assert_eq!(judged, Err(PasswordError::Guessable), "{guessable}");
    }
    for good in [
        "correct horse battery",
        "gjfkdls;aqpwo",
        "Tr0ub4dor&3xyz",
        "\u{E9}l\u{E8}ve \u{E0} la mer",
        "\u{1F980}\u{1F40C}\u{1F98A}\u{1F41D}\u{1F422}\u{1F989}\u{1F433}\u{1F984}\u{1F994}\u{1F9A5}\u{1F9A6}\u{1F9A8}",
    ] {
        let password = Password::parse(good).unwrap();
        assert_eq!(password.resist_guessing(&known), Ok(()), "{good}");
    }
}
