use super::*;

#[test]
fn causes_are_told_once_each() {
    let inner = Error::Internal {
        what: "reading a user",
        source: "no id".into(),
    };
    let outer = Error::Unavailable {
        what: "DynamoDB",
        source: Box::new(inner),
    };
    assert_eq!(
        Causes(&outer).to_string(),
        "DynamoDB is unavailable: internal error: reading a user: no id"
    );
}
