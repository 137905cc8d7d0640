use std::sync::Mutex;

use api::rest::test_events::request;
use api::rest::test_users::{TokenIsId, ada, bearer};
use app::users::{PhoneChange, Profile, ProfileChange};
use async_trait::async_trait;
use domain::UserId;
use insta::assert_json_snapshot;
use lambda_http::http::HeaderValue;
use serde_json::Value;

use super::*;

const REGISTERED_MS: u64 = 1_767_225_603_250;
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Holds Ada's profile.
struct Fake(Mutex<Profile>);

#[async_trait]
impl Users for Fake {
    async fn change_profile(
        &self,
        id: UserId,
        change: &ProfileChange,
    ) -> app::Result<Option<Profile>> {
        let mut profile = self.0.lock().unwrap();
        if id != profile.id {
            return Ok(None);
        }
        if let Some(name) = &change.name {
            profile.name = name.clone();
        }
        match &change.phone {
            PhoneChange::Keep => {}
            PhoneChange::Remove => profile.phone = None,
            PhoneChange::To(phone) => profile.phone = Some(phone.clone()),
        }
        if let Some(wanted) = change.preferences.alert {
            profile.preferences.alert = wanted;
        }
        Ok(Some(profile.clone()))
    }

    async fn create_user(&self, _: &app::users::NewUser) -> app::Result<()> {
        unreachable!("nobody asks")
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

async fn answer(headers: &[(&str, &str)], body: &str) -> (Response<Body>, Value) {
    let update_me = UpdateMe {
        tokens: Box::new(TokenIsId),
        users: Box::new(Fake(Mutex::new(ada(REGISTERED_MS)))),
        prices: PriceModel::new(b"a secret for tests, of thirty-two bytes"),
        responder: Responder::new(HeaderValue::from_static("*")),
    };
    let request = request("PATCH", "/api/v1/users/me", headers, Some(body));
    let response = update_me.handle(&request, REGISTERED_MS + 60_000).await;
    let Body::Text(text) = response.body() else {
        panic!("{response:?}")
    };
    let body = serde_json::from_str(text).unwrap();
    (response, body)
}

async fn answer_to_ada(body: &str) -> (Response<Body>, Value) {
    let bearer = bearer(ada(REGISTERED_MS).id);
    answer(&[("Authorization", &bearer), JSON], body).await
}

#[tokio::test]
async fn the_answer_is_what_the_user_then_sees_of_themselves() {
    let body = r#"{"name":"Ada King","phone":"+4930901820","notifications":{"alert":false}}"#;
    let (response, body) = answer_to_ada(body).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_json_snapshot!(body, @r#"
    {
      "change": {
        "absolute": "0.39",
        "percent": "0.48"
      },
      "created_at": "2026-01-01T00:00:03.250Z",
      "email": "Ada@example.com",
      "id": "019b76da-b4b2-7707-8707-070707070707",
      "name": "Ada King",
      "notifications": {
        "alert": false,
        "snapshot_saved": false
      },
      "opening_price": "81.27",
      "phone": "+4930901820",
      "price": "81.66",
      "tick": 353445132
    }
    "#);
}

#[tokio::test]
async fn a_patch_of_nothing_changes_nothing() {
    let (response, body) = answer_to_ada("{}").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(body["name"], "Ada Lovelace");
}

#[tokio::test]
async fn a_field_that_cannot_be_changed_is_refused_with_the_others_unchanged() {
    let (response, body) = answer_to_ada(r#"{"name":"Eve","email":"eve@example.com"}"#).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_json_snapshot!(body["errors"], @r#"
    [
      {
        "detail": "can't be changed: an account belongs to its address",
        "field": "email"
      }
    ]
    "#);
}

#[tokio::test]
async fn without_a_token_of_somebody_who_exists_there_is_a_challenge() {
    let deleted = bearer(UserId::generate(REGISTERED_MS, &[8; 10]));
    for headers in [
        vec![JSON],
        vec![("Authorization", "Bearer nonsense"), JSON],
        vec![("Authorization", deleted.as_str()), JSON],
    ] {
        let (response, body) = answer(&headers, "{}").await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{body}");
        assert!(response.headers().contains_key("www-authenticate"));
    }
}
