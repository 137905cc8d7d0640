//! Whether docs/openapi.yaml is what the code says, and the code does what it says of requests.

use std::collections::BTreeSet;

use api::openapi::{document, yaml};
use api::problem::Problem;
use api::rest::test_events::request;
use api::rest::{
    cookie_request, login_request, new_alert, new_password, no_fields, profile_change, registration,
};
use domain::Network;
use lambda_http::Request;
use serde_json::{Value, json};

type Reader = fn(&Request) -> Result<(), Problem>;

const READERS: [(&str, &str, Reader); 9] = [
    ("/api/v1/users/register", "post", |request| {
        registration(request).map(drop)
    }),
    ("/api/v1/users/login", "post", |request| {
        login_request(request, network()).map(drop)
    }),
    ("/api/v1/users/refresh", "post", cookie_request),
    ("/api/v1/users/logout", "post", cookie_request),
    ("/api/v1/users/password", "post", |request| {
        new_password(request, None, network()).map(drop)
    }),
    ("/api/v1/users/me", "patch", |request| {
        profile_change(request).map(drop)
    }),
    ("/api/v1/users/save-snapshot", "post", no_fields),
    ("/api/v1/users/alerts", "post", |request| {
        new_alert(request).map(drop)
    }),
    ("/api/v1/users/alerts/{id}/rearm", "post", no_fields),
];

fn network() -> Network {
    Network::of([203, 0, 113, 1].into())
}

#[test]
fn the_committed_document_is_the_one_that_the_code_gives() {
    let committed = include_str!("../../../docs/openapi.yaml");
    assert!(
        committed == yaml(),
        "run `cargo run -q -p api --example openapi > docs/openapi.yaml` and look at what has changed"
    );
}

#[test]
fn the_fields_of_a_request_are_those_that_are_read() {
    let document = serde_json::to_value(document()).unwrap();
    for (path, method, read) in READERS {
        let body = &document["paths"][path][method]["requestBody"];
        for (media_type, media) in body["content"].as_object().unwrap() {
            let send = |body: &Value| {
                let headers = [("Content-Type", media_type.as_str())];
                read(&request(method, path, &headers, Some(&body.to_string())))
            };
            assert_eq!(send(&media["example"]), Ok(()), "{path} {media_type}");
            let problem = send(&json!({"unknown": 1})).unwrap_err();
            let mut fields = problem.fields();
            let (_, known) = fields.find(|(field, _)| *field == "unknown").unwrap();
            let known = known.strip_prefix("is not known: expected only ");
            let known = known.into_iter().flat_map(|known| known.split(", "));
            assert_eq!(
                properties(&document, &media["schema"]),
                known.collect(),
                "{path}"
            );
        }
    }
}

/// The fields that a schema names, in itself or in one of its alternatives.
fn properties<'a>(document: &'a Value, schema: &'a Value) -> BTreeSet<&'a str> {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect("it exists"),
        None => schema,
    };
    let own = schema["properties"].as_object().into_iter().flatten();
    let own = own.map(|(name, _)| name.as_str());
    let alternatives = schema["oneOf"].as_array().into_iter().flatten();
    own.chain(alternatives.flat_map(|one| properties(document, one)))
        .collect()
}
