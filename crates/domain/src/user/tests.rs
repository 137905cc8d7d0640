use proptest::prelude::*;

use super::*;

#[test]
fn a_name_is_trimmed_and_bounded() {
    assert_eq!(
        Name::parse("  Ada Lovelace ").unwrap().as_str(),
        "Ada Lovelace"
    );
    assert_eq!(
        Name::parse(&"ß".repeat(100)).unwrap().to_string().len(),
        200
    );
    assert_eq!(
        Name::parse(&"x".repeat(101)),
        Err(NameError::TooLong { chars: 101 })
    );
    for blank in ["", " ", "\t\n", "\u{3000}"] {
        assert_eq!(Name::parse(blank), Err(NameError::Empty), "{blank:?}");
    }
    for text in ["Ada\nLovelace", "Ada\0", "a\u{85}b", "a\u{7f}b"] {
        assert_eq!(
            Name::parse(text),
            Err(NameError::ControlCharacter),
            "{text:?}"
        );
    }
}

#[test]
fn an_email_address_keeps_its_case_and_has_a_key_without() {
    let email = Email::parse(" Ada.Lovelace+news@Example.COM ").unwrap();
    assert_eq!(email.as_str(), "Ada.Lovelace+news@Example.COM");
    assert_eq!(email.key(), "ada.lovelace+news@example.com");
    assert!(Email::parse("jörg@bücher.example").is_ok());
}

#[test]
fn refuses_what_mail_cannot_be_sent_to() {
    for text in [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@localhost",
        "ada@[127.0.0.1]",
        "Ada <ada@example.com>",
        "ada@example.com, bob@example.com",
        "a da@example.com",
        "ada@exa\nmple.com",
        "ada..l@example.com",
        "ada@example..com",
        "ada@-example.com",
    ] {
        assert_eq!(Email::parse(text), Err(EmailError::Malformed), "{text:?}");
    }
    let label = "d".repeat(60);
    let long = format!("ada@{label}.{label}.{label}.{label}.example");
    assert_eq!(long.len(), 255);
    assert_eq!(Email::parse(&long), Err(EmailError::TooLong { bytes: 255 }));
    assert!(Email::parse(&long[1..]).is_ok());
}

#[test]
fn a_phone_number_is_international() {
    for text in ["+4930901820", "+12345678", "+123456789012345"] {
        assert_eq!(Phone::parse(text).unwrap().as_str(), text);
    }
    for text in [
        "",
        "+",
        "4930901820",
        "+0930901820",
        "+1234567",
        "+1234567890123456",
        "+49 30 901820",
        "+49-30901820",
        "+４９３０９０１８２０",
        "++4930901820",
    ] {
        assert_eq!(Phone::parse(text), Err(PhoneError), "{text}");
    }
}

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
fn errors_say_what_would_be_right() {
    for (error, limit) in [
        (
            NameError::TooLong { chars: 101 }.to_string(),
            Name::MAX_CHARS,
        ),
        (NameError::Empty.to_string(), Name::MAX_CHARS),
        (
            EmailError::TooLong { bytes: 255 }.to_string(),
            Email::MAX_BYTES,
        ),
        (PhoneError.to_string(), Phone::MIN_DIGITS),
        (PhoneError.to_string(), Phone::MAX_DIGITS),
        (PasswordError::TooShort.to_string(), Password::MIN_CHARS),
        (PasswordError::TooLong.to_string(), Password::MAX_CHARS),
    ] {
        assert!(error.contains(&limit.to_string()), "{error}");
    }
}

proptest! {
    #[test]
    fn what_is_accepted_is_accepted_unchanged_again(text in "\\PC{0,40}") {
        if let Ok(name) = Name::parse(&text) {
            prop_assert_eq!(Name::parse(name.as_str()), Ok(name));
        }
        if let Ok(email) = Email::parse(&text) {
            prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
        }
    }
}

#[test]
fn roles_are_read_by_their_exact_names() {
    for role in [Role::User, Role::Admin] {
        assert_eq!(Role::parse(role.as_str()), Ok(role));
    }
    for text in ["", "Admin", "admin ", "root"] {
        assert_eq!(Role::parse(text), Err(RoleError), "{text}");
    }
    assert_eq!(Role::default(), Role::User);
}
