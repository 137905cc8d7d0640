use super::*;

#[test]
fn a_missing_or_blank_variable_is_named_with_what_would_be_right() {
    for env in [Env::from_pairs([]), Env::from_pairs([("USERS_TABLE", " ")])] {
        let error = env.required("USERS_TABLE").unwrap_err();
        assert_eq!(
            error.to_string(),
            "USERS_TABLE is not set; it must be the name of the DynamoDB table that holds users"
        );
    }
}

#[test]
fn a_bad_value_is_shown_with_the_reason() {
    let env = Env::from_pairs([("MARKET_SUBSCRIPTION_USERS", "many")]);
    let error = env.parse::<u32>("MARKET_SUBSCRIPTION_USERS").unwrap_err();
    assert_eq!(
        format!("{error:?}"),
        "MARKET_SUBSCRIPTION_USERS is \"many\": invalid digit found in string; \
         it must be a number of users, 0 or more"
    );
    assert!(
        env.parse_optional::<u32>("MARKET_SUBSCRIPTION_USERS")
            .is_err()
    );
}

#[test]
fn good_values_are_read() {
    let env = Env::from_pairs([("A", " 7 "), ("B", "text")]);
    assert_eq!(env.parse::<u32>("A"), Ok(7));
    assert_eq!(env.required("B"), Ok("text".to_owned()));
    assert_eq!(env.parse_optional::<u32>("C"), Ok(None));
    assert_eq!(env.optional("C"), None);
}
