use serde_json::{Value, json};

use super::super::test_events::request;
use super::*;

fn patch(body: &str) -> Request {
    let headers = [("Content-Type", "application/merge-patch+json")];
    request("PATCH", "/api/v1/users/me", &headers, Some(body))
}

fn check_errors(body: &Value, expected: &[(&str, &str)]) {
    let problem = profile_change(&patch(&body.to_string())).unwrap_err();
    assert_eq!(problem.fields().collect::<Vec<_>>(), expected, "{body}");
}

#[test]
fn what_is_left_out_stays_as_it_is() {
    let change = profile_change(&patch("{}")).unwrap();
    assert_eq!(change, ProfileChange::default());
    let change = profile_change(&patch(r#"{"notifications":{"alert":false}}"#)).unwrap();
    let preferences = PreferencesChange {
        alert: Some(false),
        ..Default::default()
    };
    assert_eq!(
        change,
        ProfileChange {
            preferences,
            ..Default::default()
        }
    );
}

#[test]
fn everything_can_be_changed_at_once() {
    let body = json!({
        "name": " Ada King ",
        "phone": "+4930901820",
        "notifications": {"snapshot_saved": true, "alert": false},
    });
    let change = profile_change(&patch(&body.to_string())).unwrap();
    let expected = ProfileChange {
        name: Some(Name::parse("Ada King").unwrap()),
        phone: PhoneChange::To(Phone::parse("+4930901820").unwrap()),
        preferences: PreferencesChange {
            snapshot_saved: Some(true),
            alert: Some(false),
        },
    };
    assert_eq!(change, expected);
}

#[test]
fn only_the_phone_number_can_be_removed() {
    let change = profile_change(&patch(r#"{"phone":null}"#)).unwrap();
    assert_eq!(change.phone, PhoneChange::Remove);
    let body = json!({"name": null, "notifications": {"alert": null}});
    let expected = [
        ("name", "is null: expected a string"),
        ("notifications.alert", "is null: expected true or false"),
    ];
    check_errors(&body, &expected);
    let expected = [("notifications", "is null: expected an object")];
    check_errors(&json!({"notifications": null}), &expected);
}

#[test]
fn every_bad_field_is_told_at_once() {
    let body = json!({
        "name": "",
        "phone": 7,
        "email": "new@example.com",
        "notifications": {"snapshot_saved": "yes", "sms": true},
        "admin": true,
    });
    let expected = [
        ("name", "is empty: expected 1 to 100 characters"),
        ("phone", "is a number: expected a string"),
        (
            "notifications.snapshot_saved",
            "is a string: expected true or false",
        ),
        (
            "notifications.sms",
            "is not known: expected only snapshot_saved, alert",
        ),
        (
            "email",
            "can't be changed: an account belongs to its address",
        ),
        (
            "admin",
            "is not known: expected only name, phone, notifications",
        ),
    ];
    check_errors(&body, &expected);
}

#[test]
fn a_patch_may_come_as_plain_json_but_nothing_else_does() {
    for (media_type, accepted) in [
        ("application/json", true),
        ("application/merge-patch+json; charset=utf-8", true),
        ("application/json-patch+json", false),
        ("text/plain", false),
    ] {
        let headers = [("Content-Type", media_type)];
        let request = request("PATCH", "/api/v1/users/me", &headers, Some("{}"));
        assert_eq!(profile_change(&request).is_ok(), accepted, "{media_type}");
    }
    let headers = [("Content-Type", "application/merge-patch+json")];
    let register = request("POST", "/api/v1/users/register", &headers, Some("{}"));
    assert!(Fields::read(&register).is_err());
}
