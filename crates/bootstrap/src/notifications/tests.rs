use super::*;

#[test]
fn a_bad_variable_is_named() {
    for (env, expected) in [
        (Env::from_pairs([]), "NOTIFICATION_URL is not set"),
        (
            Env::from_pairs([("NOTIFICATION_URL", "https://there:8002")]),
            "NOTIFICATION_URL is \"https://there:8002\": not the http URL",
        ),
    ] {
        let error = env.read::<NotificationService>().unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
