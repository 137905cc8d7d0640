use api::rest::test_events::post;
use app::Error;
use app::users::{AccessToken, AttemptKey, Attempts, RecordedAttempt};
use argon2::password_hash::PasswordHasher as _;
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use domain::UserId;
use domain::user::{Email, Role};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::*;

const PATH: &str = "/api/v1/users/login";
const NOW_MS: u64 = 1_767_225_600_000;

/// A hash with one pass over little memory, which verifies as any other.
fn hash(password: &str) -> String {
    let params = Params::new(64, 1, 1, None).unwrap();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2
        .hash_password(password.as_bytes())
        .unwrap()
        .to_string()
}

/// Knows Ada, and remembers the attempts that it was given.
#[derive(Clone, Copy)]
struct Fake {
    attempts: Option<Attempts>,
}

#[async_trait]
impl Users for Fake {
    async fn find_login(&self, email: &Email) -> app::Result<Option<app::users::Login>> {
        Ok(
            (email.key() == "ada@example.com").then(|| app::users::Login {
                user_id: UserId::generate(NOW_MS, &[7; 10]),
                password_hash: hash("correct horse battery"),
                role: Role::Admin,
            }),
        )
    }

    async fn create_user(&self, _: &app::users::NewUser) -> app::Result<()> {
        unreachable!("nobody asks")
    }

    async fn find_profile(&self, _: domain::UserId) -> app::Result<Option<app::users::Profile>> {
        unreachable!("nobody asks")
    }

    async fn find_profiles(&self, _: &[domain::UserId]) -> app::Result<Vec<app::users::Profile>> {
        unreachable!("nobody asks")
    }

    async fn change_profile(
        &self,
        _: domain::UserId,
        _: &app::users::ProfileChange,
    ) -> app::Result<Option<app::users::Profile>> {
        unreachable!("nobody asks")
    }

    async fn users_after(
        &self,
        _: Option<domain::UserId>,
        _: u16,
    ) -> app::Result<Vec<domain::UserId>> {
        unreachable!("nobody asks")
    }

    async fn users_named(
        &self,
        _: &app::users::NamePrefix,
        _: Option<&app::users::NamePlace>,
        _: u16,
    ) -> app::Result<Vec<(app::users::NamePlace, domain::UserId)>> {
        unreachable!("nobody asks")
    }
}

#[async_trait]
impl LoginAttempts for Fake {
    async fn attempts(&self, _key: &AttemptKey) -> app::Result<Option<Attempts>> {
        Ok(self.attempts)
    }

    async fn record_attempts(&self, changes: &[RecordedAttempt]) -> app::Result<bool> {
        let network = changes[0].key.network.as_ref().unwrap().to_string();
        assert_eq!(network, "192.168.100.1", "as API Gateway saw it");
        Ok(true)
    }
}

#[async_trait]
impl Tokens for Fake {
    async fn issue(&self, user: UserId, role: Role, now_ms: u64) -> app::Result<AccessToken> {
        Ok(AccessToken {
            token: format!("{user} as {} at {now_ms}", role.as_str()),
            expires_in_secs: 3600,
        })
    }
}

fn login(attempts: Option<Attempts>) -> Login {
    let fake = Fake { attempts };
    Login {
        users: Box::new(fake),
        attempts: Box::new(fake),
        tokens: Box::new(fake),
        responder: Responder::new(HeaderValue::from_static("*")),
    }
}

async fn answer(login: &Login, body: &Value) -> (Response<Body>, Value) {
    let response = login.handle(&post(PATH, body), NOW_MS).await;
    let Body::Text(text) = response.body() else {
        panic!("{response:?}")
    };
    let body = serde_json::from_str(text).unwrap();
    (response, body)
}

#[tokio::test]
async fn the_right_password_gives_a_token() {
    let ada = json!({"email": "ADA@example.com", "password": "correct horse battery"});
    let (response, body) = answer(&login(None), &ada).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_json_snapshot!(body, @r#"
    {
      "access_token": "019b76da-a800-7707-8707-070707070707 as admin at 1767225600000",
      "expires_in": 3600,
      "token_type": "Bearer"
    }
    "#);
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_get_the_same_answer() {
    let wrong = json!({"email": "ada@example.com", "password": "no"});
    let unknown = json!({"email": "bob@example.com", "password": "correct horse battery"});
    let (wrong, body) = answer(&login(None), &wrong).await;
    let (unknown, same_body) = answer(&login(None), &unknown).await;
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(
        (unknown.status(), same_body),
        (wrong.status(), body.clone())
    );
    assert_eq!(unknown.headers(), wrong.headers());
    assert_json_snapshot!(body, @r#"
    {
      "detail": "Check both and try again.",
      "status": 401,
      "title": "The email address or the password is wrong",
      "type": "/problems/invalid-credentials"
    }
    "#);
}

#[tokio::test]
async fn too_many_failures_have_to_wait() {
    let failures = Attempts {
        failures: 8,
        window_ms: NOW_MS - 10_000,
        last_ms: NOW_MS - 1_000,
        known_until_ms: 0,
    };
    let ada = json!({"email": "ada@example.com", "password": "correct horse battery"});
    let (response, body) = answer(&login(Some(failures)), &ada).await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["retry-after"], "7");
    assert_json_snapshot!(body, @r#"
    {
      "detail": "Try again in 7 s.",
      "status": 429,
      "title": "Too many attempts",
      "type": "/problems/too-many-attempts"
    }
    "#);
}

#[tokio::test]
async fn bad_fields_are_named() {
    let (response, body) = answer(&login(None), &json!({"email": "ada", "user": 1})).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let fields: Vec<_> = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["field"])
        .collect();
    assert_eq!(fields, ["email", "password", "user"]);
}

#[test]
fn failures_of_ours_show_no_cause() {
    let problem = Problem::from(Error::Internal {
        what: "reading",
        source: "secret".into(),
    });
    let response = login(None).responder.problem(&problem);
    let Body::Text(text) = response.body() else {
        panic!("{response:?}")
    };
    assert!(!text.contains("secret"), "{text}");
}
