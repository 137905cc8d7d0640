use super::*;

#[test]
fn introspection_is_on_or_off_and_never_guessed() {
    let read =
        |value| Env::from_pairs([("GRAPHQL_INTROSPECTION", value)]).parse("GRAPHQL_INTROSPECTION");
    assert_eq!(read("on"), Ok(Introspection::On));
    assert_eq!(read("off"), Ok(Introspection::Off));
    let error = read("true").unwrap_err();
    assert!(
        error.to_string().contains("must be `on` or `off`"),
        "{error}"
    );
}
