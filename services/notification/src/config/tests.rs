use super::*;

#[test]
fn a_sender_that_is_no_address_ends_the_start() {
    let env = Env::from_pairs([("EMAIL_SENDER", "Fastfusion")]);
    assert_eq!(
        Config::read(&env).unwrap_err().to_string(),
        "EMAIL_SENDER is \"Fastfusion\": is not an email address: expected one such as ada@example.com; \
             it must be the address that emails come from"
    );
}

#[test]
fn a_limit_of_nothing_is_refused() {
    let env = Env::from_pairs([
        ("EMAIL_SENDER", "hello@fastfusion.example"),
        ("LISTEN_ADDRESS", "127.0.0.1:0"),
        ("NOTIFICATIONS_TABLE", "notifications"),
        ("NOTIFICATION_SECRET", "secret"),
        ("EMAILS_PER_HOUR", "0"),
    ]);
    let error = Config::read(&env).unwrap_err().to_string();
    assert!(error.starts_with("EMAILS_PER_HOUR is \"0\""), "{error}");
}
