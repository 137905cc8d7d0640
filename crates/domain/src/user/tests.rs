use proptest::prelude::*;

use super::*;

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
