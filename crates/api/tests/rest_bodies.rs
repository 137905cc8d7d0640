//! What REST clients get: the JSON of every body and problem, to the last field.

#![allow(clippy::unwrap_used, reason = "a test that can't go on should panic")]

use api::problem::Problem;
use api::rest::test_events::{post, request};
use api::rest::{
    AlertBody, HealthBody, MeBody, RegisteredBody, SnapshotBody, SnapshotRequestedBody, TokenBody,
    idempotency_key, login_request, new_alert, no_fields, registration,
};
use api::token::KeySet;
use app::Error;
use app::snapshots::SnapshotStatus;
use app::users::{AccessToken, Me, Profile, Registered};
use domain::alert::{Alert, AlertId, AlertState, Channel, Condition, Crossed, Crossing};
use domain::user::{Email, Name, Phone};
use domain::{Change, Network, Price, Snapshot, SnapshotId, Tick, UserId};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

const REGISTERED_MS: u64 = 1_767_225_603_250;

/// Ada, who registered at this instant.
fn ada(registered_at_ms: u64) -> Profile {
    Profile {
        id: UserId::generate(registered_at_ms, &[7; 10]),
        name: Name::parse("Ada Lovelace").unwrap(),
        email: Email::parse("Ada@example.com").unwrap(),
        phone: None,
        preferences: Default::default(),
    }
}

fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

/// Type, status and the fields that are named.
fn refused<T>(answer: Result<T, Problem>) -> (u64, Vec<String>) {
    let problem = serde_json::to_value(answer.err().unwrap()).unwrap();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let field = |error: &Value| error["field"].as_str().unwrap().to_owned();
    let fields = errors.iter().map(field).collect();
    (problem["status"].as_u64().unwrap(), fields)
}

#[test]
fn a_new_user() {
    let registered = |phone| Registered {
        profile: Profile {
            phone,
            ..ada(REGISTERED_MS)
        },
        price: price("81.27"),
        tick: Tick::at_ms(REGISTERED_MS),
    };
    let phone = Phone::parse("+4930901820").unwrap();
    assert_json_snapshot!(RegisteredBody::from(&registered(Some(phone))), @r#"
    {
      "id": "019b76da-b4b2-7707-8707-070707070707",
      "name": "Ada Lovelace",
      "email": "Ada@example.com",
      "phone": "+4930901820",
      "price": "81.27",
      "tick": 353445120,
      "created_at": "2026-01-01T00:00:03.250Z"
    }
    "#);
    let body = serde_json::to_value(RegisteredBody::from(&registered(None))).unwrap();
    assert_eq!(body["phone"], Value::Null);
}

#[test]
fn a_token() {
    let token = AccessToken {
        token: "a.b.c".to_owned(),
        expires_in_secs: 3600,
    };
    assert_json_snapshot!(TokenBody::from(token), @r#"
    {
      "access_token": "a.b.c",
      "token_type": "Bearer",
      "expires_in": 3600
    }
    "#);
}

#[test]
fn the_caller() {
    let (opening_price, price) = (price("81.27"), price("81.66"));
    let me = Me {
        profile: ada(REGISTERED_MS),
        price,
        tick: Tick::at_ms(REGISTERED_MS + 60_000),
        opening_price,
        change: Change::between(opening_price, price),
    };
    assert_json_snapshot!(MeBody::from(&me), @r#"
    {
      "id": "019b76da-b4b2-7707-8707-070707070707",
      "name": "Ada Lovelace",
      "email": "Ada@example.com",
      "phone": null,
      "notifications": {
        "snapshot_saved": false,
        "alert": true
      },
      "price": "81.66",
      "tick": 353445132,
      "change": {
        "absolute": "0.39",
        "percent": "0.48"
      },
      "opening_price": "81.27",
      "created_at": "2026-01-01T00:00:03.250Z"
    }
    "#);
}

#[test]
fn a_snapshot_that_was_asked_for_is_pending_and_then_saved() {
    let snapshot = Snapshot {
        id: SnapshotId::generate(REGISTERED_MS, &[1; 10]),
        user_id: ada(REGISTERED_MS).id,
        price: price("101.20"),
    };
    assert_json_snapshot!(SnapshotRequestedBody::from(&snapshot), @r#"
    {
      "snapshot_id": "019b76da-b4b2-7101-8101-010101010101",
      "price": "101.20",
      "tick": 353445120,
      "status_url": "/api/v1/users/snapshots/019b76da-b4b2-7101-8101-010101010101"
    }
    "#);
    let status = |saved_at_ms| SnapshotStatus {
        snapshot,
        saved_at_ms,
    };
    assert_json_snapshot!(SnapshotBody::from(&status(None)), @r#"
    {
      "id": "019b76da-b4b2-7101-8101-010101010101",
      "status": "pending",
      "price": "101.20",
      "tick": 353445120,
      "requested_at": "2026-01-01T00:00:03.250Z"
    }
    "#);
    assert_json_snapshot!(SnapshotBody::from(&status(Some(REGISTERED_MS + 77))), @r#"
    {
      "id": "019b76da-b4b2-7101-8101-010101010101",
      "status": "saved",
      "price": "101.20",
      "tick": 353445120,
      "requested_at": "2026-01-01T00:00:03.250Z",
      "saved_at": "2026-01-01T00:00:03.327Z"
    }
    "#);
}

#[test]
fn an_alert_in_every_state() {
    let crossed = Crossed {
        tick: Tick(353_445_120),
        price: price("99.98"),
    };
    let alert = |state| Alert {
        id: AlertId::generate(REGISTERED_MS, &[1; 10]),
        user_id: ada(REGISTERED_MS).id,
        condition: Condition {
            crossing: Crossing::Below,
            threshold: price("100.00"),
        },
        channel: Channel::Email,
        state,
    };
    let armed = AlertState::Armed { from: Tick(1) };
    assert_json_snapshot!(AlertBody::from(&alert(armed)), @r#"
    {
      "id": "019b76da-b4b2-7101-8101-010101010101",
      "below": "100.00",
      "channel": "email",
      "state": "armed",
      "created_at": "2026-01-01T00:00:03.250Z"
    }
    "#);
    assert_json_snapshot!(AlertBody::from(&alert(AlertState::Fired(crossed))), @r#"
    {
      "id": "019b76da-b4b2-7101-8101-010101010101",
      "below": "100.00",
      "channel": "email",
      "state": "fired",
      "created_at": "2026-01-01T00:00:03.250Z",
      "crossed": {
        "tick": 353445120,
        "price": "99.98",
        "at": "2026-01-01T00:00:00Z"
      }
    }
    "#);
    for (state, name) in [
        (AlertState::Firing(crossed), "firing"),
        (AlertState::Failed(crossed), "failed"),
    ] {
        let body = serde_json::to_value(AlertBody::from(&alert(state))).unwrap();
        assert_eq!(body["state"], name);
    }
}

#[test]
fn health() {
    assert_eq!(
        serde_json::to_string(&HealthBody::OK).unwrap(),
        r#"{"status":"ok"}"#
    );
}

#[test]
fn public_keys() {
    let secret = r#"{"active": "k1", "k1": "a secret for tests, of thirty-two bytes"}"#;
    let keys = serde_json::to_value(KeySet::parse(secret).ok().unwrap().jwks()).unwrap();
    assert_json_snapshot!(keys, @r#"
    {
      "keys": [
        {
          "alg": "EdDSA",
          "crv": "Ed25519",
          "kid": "k1",
          "kty": "OKP",
          "use": "sig",
          "x": "sV3fbm3Bkb7TZUeMUe8uGQ9GKAmpoNv-z3o7v3vmkrQ"
        }
      ]
    }
    "#);
}

#[test]
fn problems_that_clients_act_upon() {
    let too_many = Error::TooManyAttempts {
        retry_after_secs: 7,
    };
    assert_json_snapshot!(Problem::from(too_many), @r#"
    {
      "type": "/problems/too-many-attempts",
      "title": "Too many attempts",
      "status": 429,
      "detail": "Try again in 7 s."
    }
    "#);
    assert_json_snapshot!(Problem::from(Error::InvalidCredentials), @r#"
    {
      "type": "/problems/invalid-credentials",
      "title": "The email address or the password is wrong",
      "status": 401,
      "detail": "Check both and try again."
    }
    "#);
    assert_json_snapshot!(Problem::from(Error::EmailTaken), @r#"
    {
      "type": "/problems/email-taken",
      "title": "The email address is already registered",
      "status": 409,
      "detail": "Log in, or register with another email address."
    }
    "#);
}

#[test]
fn what_is_wrong_with_a_registration_or_a_login_is_named() {
    let body = |body| refused(registration(&post("/api/v1/users/register", &body)));
    assert_eq!(body(json!([])).0, 400);
    assert_eq!(body(json!({"name": "x".repeat(20_000)})).0, 413);
    assert_eq!(body(json!({})).1, ["name", "email", "password"]);
    let raw = |headers: &[(&str, &str)], body| {
        refused(registration(&request("POST", "/", headers, body))).0
    };
    let json = ("content-type", "application/json");
    assert_eq!(raw(&[json], Some("{")), 400);
    assert_eq!(raw(&[json], None), 400);
    assert_eq!(raw(&[], Some("{}")), 415);
    let login = post("/api/v1/users/login", &json!({"email": "ada", "user": 1}));
    let fields = ["email", "password", "user"].map(str::to_owned).to_vec();
    assert_eq!(
        refused(login_request(&login, Network::of([203, 0, 113, 1].into()))),
        (400, fields)
    );
}

#[test]
fn what_is_wrong_with_an_alert_is_named() {
    for (body, fields) in [
        (json!({}), vec!["above", "channel"]),
        (
            json!({"above": "1.00", "below": "1.00", "channel": "email"}),
            vec!["below"],
        ),
        (
            json!({"above": "1", "channel": "fax"}),
            vec!["above", "channel"],
        ),
        (json!({"below": 100, "channel": "email"}), vec!["below"]),
        (
            json!({"above": null, "below": "1.00", "channel": "email"}),
            vec!["below", "above"],
        ),
        (json!({"above": null, "channel": "email"}), vec!["above"]),
        (json!({"below": "0.00", "channel": "email"}), vec!["below"]),
        (
            json!({"above": "1.00", "channel": "email", "price": "1.00"}),
            vec!["price"],
        ),
    ] {
        let refused = refused(new_alert(&post("/api/v1/users/alerts", &body)));
        let fields = fields.into_iter().map(str::to_owned).collect();
        assert_eq!(refused, (400, fields), "{body}");
    }
}

#[test]
fn a_client_chooses_neither_price_nor_any_key() {
    let path = "/api/v1/users/save-snapshot";
    let body = post(path, &json!({"price": "1000.00"}));
    assert_eq!(refused(no_fields(&body)), (400, vec!["price".to_owned()]));
    assert!(no_fields(&post(path, &json!({}))).is_ok());
    assert!(no_fields(&request("POST", path, &[], None)).is_ok());
    let untyped = request("POST", path, &[], Some("{}"));
    assert_eq!(refused(no_fields(&untyped)).0, 415);
    let long = "x".repeat(65);
    for key in ["", &long, "ü"] {
        let request = request("POST", path, &[("Idempotency-Key", key)], None);
        let fields = vec!["Idempotency-Key".to_owned()];
        assert_eq!(refused(idempotency_key(&request)), (400, fields), "{key}");
    }
}
