use serde_json::{Value, json};

use super::*;
use crate::rest::test_events::{decode, event};

const SECRET: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01";
const CONNECT: &str = include_str!("../../fixtures/ws-connect.json");
/// API Gateway's fixture comes from here.
const SEEN: &str = "192.168.100.1";

fn with(headers: &[(&str, &[&str])]) -> Request {
    let mut event = event("POST", "/api/v1/users/login", &[], None);
    add(&mut event, headers);
    decode(&event)
}

fn add(event: &mut Value, headers: &[(&str, &[&str])]) {
    for (name, values) in headers {
        event["headers"][*name] = json!(values.last());
        event["multiValueHeaders"][*name] = json!(values);
    }
}

fn network(headers: &[(&str, &[&str])]) -> String {
    let origin = Origin::known_by(&format!("{SECRET}\n"));
    origin.network(&with(headers)).to_string()
}

#[test]
fn behind_the_cdn_a_client_is_where_the_cdn_says() {
    for (viewer, network_of_it) in [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ] {
        let headers = [
            ("X-Origin-Verify", &[SECRET][..]),
            ("X-Viewer-Ip", &[viewer]),
        ];
        assert_eq!(network(&headers), network_of_it);
    }
}

#[test]
fn what_a_client_makes_up_is_not_looked_at() {
    fn proof<'a>(values: &'a [&'a str]) -> (&'a str, &'a [&'a str]) {
        ("x-origin-verify", values)
    }

    let viewer: (&str, &[&str]) = ("x-viewer-ip", &["203.0.113.9"]);
    let wrong = SECRET.replace('0', "1");
    for headers in [
        vec![],
        vec![("X-Forwarded-For", viewer.1)],
        vec![viewer],
        vec![viewer, proof(&[""])],
        vec![viewer, proof(&[&wrong])],
        vec![viewer, proof(&[&SECRET[1..]])],
        vec![viewer, proof(&[SECRET, SECRET])],
        vec![viewer, proof(&[&wrong, SECRET])],
    ] {
        assert_eq!(network(&headers), SEEN, "{headers:?}");
    }
}

#[test]
fn what_the_cdn_would_never_say_is_not_looked_at() {
    for viewer in [
        &["203.0.113.9", "203.0.113.10"][..],
        &["203.0.113.9:443"],
        &["203.0.113.9, 198.51.100.1"],
        &["here"],
        &[""],
    ] {
        let headers = [("x-origin-verify", &[SECRET][..]), ("x-viewer-ip", viewer)];
        assert_eq!(network(&headers), SEEN, "{viewer:?}");
    }
}

#[test]
fn a_console_without_an_address_is_one_network() {
    let mut event = event("POST", "/", &[], None);
    event["requestContext"]["identity"]["sourceIp"] = json!("test-invoke-source-ip");
    let origin = Origin::known_by(SECRET);
    assert_eq!(origin.network(&decode(&event)).to_string(), "0.0.0.0");
}

#[test]
fn a_connection_is_opened_from_where_the_cdn_says() {
    let opened = |headers: &[(&str, &[&str])]| {
        let mut event: Value = serde_json::from_str(CONNECT).unwrap();
        event["requestContext"]["identity"]["sourceIp"] = json!("198.51.100.7");
        add(&mut event, headers);
        let event = serde_json::from_value(event).unwrap();
        let origin = Origin::known_by(SECRET);
        origin.network_of_connection(&event).to_string()
    };
    let viewer: (&str, &[&str]) = ("x-viewer-ip", &["203.0.113.9"]);
    assert_eq!(opened(&[]), "198.51.100.7");
    assert_eq!(opened(&[viewer]), "198.51.100.7");
    assert_eq!(
        opened(&[viewer, ("x-origin-verify", &[SECRET])]),
        "203.0.113.9"
    );
    let twice: (&str, &[&str]) = ("x-origin-verify", &[SECRET, SECRET]);
    assert_eq!(opened(&[viewer, twice]), "198.51.100.7");
}
