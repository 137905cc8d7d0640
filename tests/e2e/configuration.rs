//! What a function does when a variable of its environment is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::drift::{binary, built, functions};
use crate::openapi;

/// Something that the variable may hold.
fn right(name: &str) -> &'static str {
    match name {
        "ALLOWED_ORIGIN" => "*",
        "FEED_URL" => "wss://feed.example/live",
        "WEBSOCKET_URL" => "https://feed.example/live",
        "GRAPHQL_INTROSPECTION" | "SECURE_COOKIES" => "on",
        "KAFKA_SECURITY" => "plaintext",
        "KAFKA_TOPIC_PREFIX" => "",
        "MARKET_SUBSCRIPTION_USERS" => "1",
        "NOTIFICATION_URL" => "http://localhost:8002",
        _ => "something",
    }
}

fn variables(environment: &Value) -> BTreeSet<String> {
    let variables = environment["Variables"].as_object();
    variables
        .map(|variables| variables.keys().cloned().collect())
        .unwrap_or_default()
}

/// What a function says as it ends in this environment, in which it finds neither AWS nor Lambda.
fn last_words(name: &str, environment: &BTreeMap<String, &str>) -> String {
    let output = Command::new(built(name))
        .env_clear()
        .envs([
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_REGION", "eu-central-1"),
        ])
        .envs(environment)
        .output()
        .unwrap();
    assert!(!output.status.success(), "{name} starts");
    String::from_utf8(output.stderr).unwrap()
}

/// Starts each function with nothing, then with what it missed, until it misses nothing.
#[test]
fn a_function_names_each_variable_that_is_missing_with_what_would_be_right() {
    let template = openapi::read_yaml("template.yaml");
    let all = variables(&template["Globals"]["Function"]["Environment"]);
    for function in functions() {
        let name = binary(&function);
        let own = variables(&function["Properties"]["Environment"]);
        let mut given = BTreeMap::new();
        loop {
            let words = last_words(&name, &given);
            let Some((start, expected)) = words.split_once(" is not set; it must be ") else {
                break;
            };
            let missing = start.strip_prefix("Error: ").unwrap_or(start);
            assert_ne!(
                expected.trim(),
                "set as in template.yaml",
                "{name}: {words}"
            );
            let is_new = given.insert(missing.to_owned(), right(missing)).is_none();
            assert!(is_new, "{name}: {words}");
        }
        let named: BTreeSet<_> = given.into_keys().collect();
        let unknown: Vec<_> = named
            .iter()
            .filter(|name| !own.contains(*name) && !all.contains(*name))
            .collect();
        assert!(
            unknown.is_empty(),
            "template.yaml does not give {name} {unknown:?}"
        );
        let unread: Vec<_> = own.difference(&named).collect();
        assert!(unread.is_empty(), "{name} does not read {unread:?}");
    }
}
