use super::*;

#[test]
fn json_is_for_lambda_unless_its_log_format_says_text() {
    let lambda = ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023");
    assert!(!wants_json(&Env::from_pairs([])));
    assert!(wants_json(&Env::from_pairs([lambda])));
    assert!(wants_json(&Env::from_pairs([(
        "AWS_LAMBDA_LOG_FORMAT",
        "JSON"
    )])));
    assert!(!wants_json(&Env::from_pairs([
        lambda,
        ("AWS_LAMBDA_LOG_FORMAT", "Text")
    ])));
}

#[test]
fn a_bad_filter_is_refused_and_none_means_info() {
    assert_eq!(filter(&Env::from_pairs([])).unwrap().to_string(), "info");
    assert_eq!(
        filter(&Env::from_pairs([("RUST_LOG", "warn")]))
            .unwrap()
            .to_string(),
        "warn"
    );
    assert_eq!(
        filter(&Env::from_pairs([
            ("RUST_LOG", "warn"),
            ("AWS_LAMBDA_LOG_LEVEL", "DEBUG")
        ]))
        .unwrap()
        .to_string(),
        "debug"
    );
    let error = filter(&Env::from_pairs([("RUST_LOG", "store=loud")])).unwrap_err();
    assert!(
        error.to_string().starts_with("RUST_LOG is \"store=loud\""),
        "{error}"
    );
}
