use std::sync::Mutex;

use api::rest::test_events::{post, request};
use app::Error;
use app::users::NewUser;
use async_trait::async_trait;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::*;

const PATH: &str = "/api/v1/users/register";

/// Takes every user, or none.
struct FakeStore(Mutex<Option<Error>>);

#[async_trait]
impl Users for FakeStore {
    async fn create_user(&self, _user: &NewUser) -> app::Result<()> {
        self.0.lock().unwrap().take().map_or(Ok(()), Err)
    }

    async fn find_login(&self, _: &domain::user::Email) -> app::Result<Option<app::users::Login>> {
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

fn register(failure: Option<Error>) -> Register {
    Register {
        users: Box::new(FakeStore(Mutex::new(failure))),
        prices: PriceModel::new(b"a secret for tests, of thirty-two bytes"),
        responder: Responder::new(HeaderValue::from_static("*")),
    }
}

fn id() -> UserId {
    UserId::generate(1_767_225_603_250, &[7; 10])
}

fn ada() -> Value {
    json!({
        "name": "Ada Lovelace", "email": "Ada@example.com", "phone": "+4930901820",
        "password": "correct horse battery",
    })
}

async fn answer(register: &Register, request: &Request) -> (StatusCode, Value) {
    let response = register.handle(request, id()).await;
    let Body::Text(body) = response.body() else {
        panic!("{response:?}")
    };
    (response.status(), serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn a_user_is_registered() {
    let (status, body) = answer(&register(None), &post(PATH, &ada())).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_json_snapshot!(body, @r#"
    {
      "created_at": "2026-01-01T00:00:03.250Z",
      "email": "Ada@example.com",
      "id": "019b76da-b4b2-7707-8707-070707070707",
      "name": "Ada Lovelace",
      "phone": "+4930901820",
      "price": "81.27",
      "tick": 353445120
    }
    "#);
}

#[tokio::test]
async fn without_a_phone_number_it_is_null() {
    let mut ada = ada();
    ada.as_object_mut().unwrap().remove("phone");
    let (status, body) = answer(&register(None), &post(PATH, &ada)).await;
    assert_eq!(
        (status, &body["phone"]),
        (StatusCode::CREATED, &Value::Null)
    );
}

#[tokio::test]
async fn a_taken_address_is_a_conflict() {
    let register = register(Some(Error::EmailTaken));
    let (status, body) = answer(&register, &post(PATH, &ada())).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_json_snapshot!(body, @r#"
    {
      "detail": "Log in, or register with another email address.",
      "status": 409,
      "title": "The email address is already registered",
      "type": "/problems/email-taken"
    }
    "#);
}

#[tokio::test]
async fn what_the_client_did_wrong_is_never_a_500() {
    let register = register(None);
    let json = [("content-type", "application/json")];
    for (request, status) in [
        (post(PATH, &json!({})), 400),
        (post(PATH, &json!([])), 400),
        (request("POST", PATH, &json, Some("{")), 400),
        (request("POST", PATH, &json, None), 400),
        (request("POST", PATH, &[], Some("{}")), 415),
        (post(PATH, &json!({"name": "x".repeat(20_000)})), 413),
    ] {
        let (answered, body) = answer(&register, &request).await;
        assert_eq!(
            (answered.as_u16(), &body["status"]),
            (status, &json!(status)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_503() {
    let failure = Error::Unavailable {
        what: "DynamoDB",
        source: "down".into(),
    };
    let response = register(Some(failure))
        .handle(&post(PATH, &ada()), id())
        .await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
}

#[test]
fn ids_are_new_each_time() {
    assert_ne!(new_user_id(), new_user_id());
}

#[test]
fn configuration_names_what_is_missing() {
    let env = Env::from_pairs([("USERS_TABLE", "users"), ("ALLOWED_ORIGIN", "*")]);
    let error = Config::read(&env).unwrap_err();
    assert!(
        error.to_string().starts_with("PRICE_SECRET is not set"),
        "{error}"
    );
}
