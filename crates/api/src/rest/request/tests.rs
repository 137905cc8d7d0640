use domain::Network;
use serde_json::json;

use super::super::test_events::{decode, event, post, request};
use super::super::{login_request, registration};
use super::*;
use crate::problem::Problem;

const PATH: &str = "/api/v1/users/register";

fn json_body(body: &str) -> Request {
    request(
        "POST",
        PATH,
        &[("content-type", "application/json")],
        Some(body),
    )
}

fn here() -> Network {
    Network::of([203, 0, 113, 1].into())
}

fn refusal(request: &Request) -> RequestError {
    Fields::read(request).unwrap_err()
}

#[test]
fn only_json_in_utf_8_is_read() {
    for good in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json; profile=x",
    ] {
        let request = request("POST", PATH, &[("Content-Type", good)], Some("{}"));
        assert!(Fields::read(&request).is_ok(), "{good}");
    }
    for bad in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/problem+json",
        "application/json; charset=latin1",
        "application/jsonp",
        "",
    ] {
        let request = request("POST", PATH, &[("Content-Type", bad)], Some("{}"));
        assert_eq!(
            refusal(&request),
            RequestError::UnsupportedMediaType,
            "{bad}"
        );
    }
    let without = request("POST", PATH, &[], Some("{}"));
    assert_eq!(refusal(&without), RequestError::UnsupportedMediaType);
}

#[test]
fn a_compressed_body_is_refused_as_such() {
    let encoded = |coding| {
        let headers = [
            ("content-type", "application/json"),
            ("Content-Encoding", coding),
        ];
        Fields::read(&request("POST", PATH, &headers, Some("{}")))
    };
    for coding in ["gzip", "GZIP", "br", "identity, gzip"] {
        let refusal = encoded(coding).unwrap_err();
        assert_eq!(refusal, RequestError::UnsupportedContentCoding, "{coding}");
    }
    for coding in ["identity", "Identity", ""] {
        assert!(encoded(coding).is_ok(), "{coding}");
    }
}

#[test]
fn a_body_of_16_kib_is_read_and_a_larger_one_is_not() {
    let padded = |bytes: usize| format!("{{{}}}", " ".repeat(bytes - 2));
    assert!(Fields::read(&json_body(&padded(MAX_BODY_BYTES))).is_ok());
    assert_eq!(
        refusal(&json_body(&padded(MAX_BODY_BYTES + 1))),
        RequestError::BodyTooLarge
    );
}

#[test]
fn broken_json_is_told_from_json_of_another_kind() {
    for broken in [
        "",
        "{",
        "{\"name\":",
        "nonsense",
        "{} {}",
        "{\"a\":\"\\ud800\"}",
    ] {
        let refusal = refusal(&json_body(broken));
        assert!(
            matches!(refusal, RequestError::MalformedJson(_)),
            "{broken}: {refusal:?}"
        );
    }
    let missing = request("POST", PATH, &[("content-type", "application/json")], None);
    assert!(matches!(refusal(&missing), RequestError::MalformedJson(_)));
    for other in ["[]", "7", "null", "\"text\"", "true"] {
        assert_eq!(
            refusal(&json_body(other)),
            RequestError::NotAnObject,
            "{other}"
        );
    }
}

#[test]
fn nesting_without_end_is_broken_json() {
    let deep = format!("{{\"name\":{}", "[".repeat(10_000));
    assert!(matches!(
        refusal(&json_body(&deep)),
        RequestError::MalformedJson(_)
    ));
}

#[test]
fn a_base64_body_is_decoded() {
    use base64::Engine as _;
    let body = json!({"email": "ada@example.com", "password": "x"}).to_string();
    let encoded = base64::engine::general_purpose::STANDARD.encode(body);
    let headers = [("Content-Type", "application/json")];
    let mut event = event("POST", PATH, &headers, Some(&encoded));
    event["isBase64Encoded"] = json!(true);
    let login = login_request(&decode(&event), here()).unwrap();
    let credentials = login.credentials;
    assert!(!login.session);
    assert_eq!(credentials.email.as_str(), "ada@example.com");
    assert_eq!(credentials.network, here());

    let not_utf_8 = base64::engine::general_purpose::STANDARD.encode(b"{\"a\":\"\xff\"}");
    event["body"] = json!(not_utf_8);
    assert!(matches!(
        refusal(&decode(&event)),
        RequestError::MalformedJson(_)
    ));
}

#[test]
fn every_bad_field_is_told_at_once() {
    let body = r#"{"name": 7, "email": "nobody", "phone": ["1"], "admin": true, "name2": null}"#;
    let problem = registration(&json_body(body)).unwrap_err();
    let expected = "is not known: expected only name, email, phone, password";
    assert_eq!(
        problem.fields().collect::<Vec<_>>(),
        [
            ("name", "is a number: expected a string"),
            (
                "email",
                "is not an email address: expected one such as ada@example.com"
            ),
            ("phone", "is an array: expected a string"),
            ("password", "is missing: expected a string"),
            ("admin", expected),
            ("name2", expected),
        ]
    );
}

#[test]
fn a_field_given_twice_is_refused() {
    let body = r#"{"email": "ada@example.com", "password": "a", "password": "b"}"#;
    let problem = login_request(&json_body(body), here()).err().unwrap();
    let expected = [("password", "is given more than once")];
    assert_eq!(problem.fields().collect::<Vec<_>>(), expected);
}

#[test]
fn a_phone_number_may_be_left_out_or_null_but_a_name_may_not() {
    let valid = json!({"name": "Ada", "email": "ada@example.com", "password": "long enough now"});
    assert_eq!(registration(&post(PATH, &valid)).unwrap().phone, None);
    let mut body = valid.clone();
    body["phone"] = Value::Null;
    assert_eq!(registration(&post(PATH, &body)).unwrap().phone, None);
    body["name"] = Value::Null;
    let problem = registration(&post(PATH, &body)).unwrap_err();
    assert_eq!(problem.fields().next().unwrap().0, "name");
}

#[test]
fn the_bearer_token_is_found_and_nothing_else_is() {
    let token = |value: &str| {
        let request = request("GET", PATH, &[("Authorization", value)], None);
        bearer_token(&request).map(str::to_owned)
    };
    assert_eq!(token("Bearer abc.def.ghi").as_deref(), Some("abc.def.ghi"));
    assert_eq!(token("bearer  abc").as_deref(), Some("abc"));
    assert_eq!(token("Basic YTpi"), None);
    assert_eq!(token("abc"), None);
    assert_eq!(bearer_token(&request("GET", PATH, &[], None)), None);
}

#[test]
fn a_header_that_counts_is_there_once() {
    let with = |name: &str, values: &[&str]| {
        let mut event = event("POST", PATH, &[], None);
        event["headers"][name] = json!(values.last());
        event["multiValueHeaders"][name] = json!(values);
        decode(&event)
    };
    for name in ["Authorization", "Content-Type", "Idempotency-Key"] {
        assert_eq!(check_headers(&with(name, &["a"])), Ok(()), "{name}");
        // Not even where they say the same.
        let error = check_headers(&with(name, &["a", "a"])).unwrap_err();
        let problem = Problem::from(error);
        assert_eq!(problem.status(), 400);
        assert!(problem.message().contains(name), "{problem:?}");
        assert_eq!(check_headers(&with("Accept", &["a", "b"])), Ok(()));
    }
    let tokens = with("authorization", &["Bearer a", "Bearer b"]);
    let error = RequestError::RepeatedHeader("Authorization");
    assert_eq!(only_token(&tokens), Err(error));
    // Only what tells who asks comes before that is known.
    let keys = with("Idempotency-Key", &["a", "b"]);
    assert_eq!(only_token(&keys), Ok(None));
}

/// The console of API Gateway sends no headers with several values.
#[test]
fn headers_with_one_value_do_where_there_are_no_others() {
    let mut event = event("POST", PATH, &[("Authorization", "Bearer t")], None);
    event["multiValueHeaders"] = json!(null);
    assert_eq!(bearer_token(&decode(&event)), Some("t"));
}
