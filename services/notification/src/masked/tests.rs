use super::*;
use domain::user::{Email, Phone};

#[test]
fn addresses_and_numbers_are_not_given_away() {
    let email = Recipient::Email(Email::parse("ada.lovelace@mail.example.com").unwrap());
    assert_eq!(Masked(&email).to_string(), "a***@m***.com");
    let phone = Recipient::Phone(Phone::parse("+4930901820").unwrap());
    assert_eq!(Masked(&phone).to_string(), "+49***20");
}
