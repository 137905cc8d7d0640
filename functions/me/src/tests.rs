use api::rest::test_events::request;
use api::rest::test_users::{Profiles, TokenIsId, ada, bearer};
use domain::UserId;
use insta::assert_json_snapshot;
use serde_json::Value;

use super::*;

const PATH: &str = "/api/v1/users/me";
const REGISTERED_MS: u64 = 1_767_225_603_250;

async fn answer(headers: &[(&str, &str)], now_ms: u64) -> (Response<Body>, Value) {
    let me = ShowMe {
        tokens: Box::new(TokenIsId),
        users: Arc::new(Profiles(vec![ada(REGISTERED_MS)])),
        prices: PriceModel::new(b"a secret for tests, of thirty-two bytes"),
        responder: Responder::new(HeaderValue::from_static("*")),
    };
    let response = me
        .handle(&request("GET", PATH, headers, None), now_ms)
        .await;
    let Body::Text(text) = response.body() else {
        panic!("{response:?}")
    };
    let body = serde_json::from_str(text).unwrap();
    (response, body)
}

#[tokio::test]
async fn a_user_sees_their_profile_and_live_price() {
    let bearer = bearer(ada(REGISTERED_MS).id);
    let (response, body) = answer(&[("Authorization", &bearer)], REGISTERED_MS + 60_000).await;
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
      "name": "Ada Lovelace",
      "notifications": {
        "alert": true,
        "snapshot_saved": false
      },
      "opening_price": "81.27",
      "phone": null,
      "price": "81.66",
      "tick": 353445132
    }
    "#);
}

#[tokio::test]
async fn right_after_registration_nothing_has_changed() {
    let bearer = bearer(ada(REGISTERED_MS).id);
    let (_, body) = answer(&[("Authorization", &bearer)], REGISTERED_MS).await;
    assert_eq!(body["price"], body["opening_price"]);
    assert_eq!(
        body["change"],
        serde_json::json!({"absolute": "0.00", "percent": "0.00"})
    );
}

#[tokio::test]
async fn without_a_valid_token_there_is_a_challenge() {
    let deleted = bearer(UserId::generate(REGISTERED_MS, &[8; 10]));
    for (headers, detail) in [
        (vec![], "there is no bearer token"),
        (
            vec![("Authorization", "Basic YTpi")],
            "there is no bearer token",
        ),
        (
            vec![("Authorization", "Bearer nonsense")],
            "the token is malformed",
        ),
        (
            vec![("Authorization", deleted.as_str())],
            "the token's user no longer exists",
        ),
    ] {
        let (response, body) = answer(&headers, REGISTERED_MS).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(
            response.headers()["www-authenticate"],
            "Bearer realm=\"fastfusion\""
        );
        assert_eq!(body["type"], "/problems/unauthenticated");
        assert_eq!(
            body["detail"],
            format!("The request was refused: {detail}.")
        );
    }
}
