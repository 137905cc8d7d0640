use super::*;

#[test]
fn keys_are_short_and_visible() {
    assert!(Key::parse("alert:01J#7").is_ok());
    assert!(Key::parse(&"k".repeat(128)).is_ok());
    for wrong in ["", "a b", "a\n", "ä", &"k".repeat(129)] {
        assert_eq!(Key::parse(wrong), Err(KeyError), "{wrong:?}");
    }
}

#[test]
fn one_mailbox_counts_once_in_any_case() {
    let digest = |text| Recipient::Email(Email::parse(text).unwrap()).digest();
    assert_eq!(digest("Ada@example.com"), digest("ada@EXAMPLE.com"));
    assert_ne!(digest("ada@example.com"), digest("bob@example.com"));
}
