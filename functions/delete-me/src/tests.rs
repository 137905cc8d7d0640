use std::sync::{Arc, Mutex};

use api::rest::test_events::request;
use api::rest::test_users::{TokenIsId, ada, bearer};
use app::users::{Deletion, Deletions, EraseUser};
use async_trait::async_trait;
use domain::UserId;
use lambda_http::http::HeaderValue;
use serde_json::Value;

use super::*;

const NOW_MS: u64 = 1_767_225_663_250;

/// Ada's account while it is there, and who was erased.
#[derive(Clone, Default)]
struct Fake(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    is_gone: bool,
    erased: Vec<UserId>,
    database_is_down: bool,
}

#[async_trait]
impl Deletions for Fake {
    async fn delete_account(&self, deletion: &Deletion) -> app::Result<bool> {
        let mut state = self.0.lock().unwrap();
        if state.database_is_down {
            return Err(app::Error::Unavailable {
                what: "DynamoDB",
                source: "no answer".into(),
            });
        }
        assert_eq!(deletion.deleted_at_ms, NOW_MS);
        let existed = deletion.user_id == ada(NOW_MS).id && !state.is_gone;
        state.is_gone |= existed;
        Ok(existed)
    }

    async fn unfinished(&self) -> app::Result<Vec<app::users::Deletion>> {
        unreachable!("nobody asks")
    }

    async fn finish(&self, _: &app::users::Deletion) -> app::Result<()> {
        unreachable!("nobody asks")
    }
}

#[async_trait]
impl EraseUser for Fake {
    async fn erase_user(&self, id: UserId) -> app::Result<()> {
        self.0.lock().unwrap().erased.push(id);
        Ok(())
    }
}

async fn answer(fake: &Fake, headers: &[(&str, &str)], body: Option<&str>) -> Response<Body> {
    let delete_me = DeleteMe {
        delete: DeleteUser {
            tokens: Box::new(TokenIsId),
            deletions: Box::new(fake.clone()),
            places: Box::new(fake.clone()),
        },
        responder: Responder::new(HeaderValue::from_static("*")),
    };
    let request = request("DELETE", "/api/v1/users/me", headers, body);
    delete_me.handle(&request, NOW_MS).await
}

fn problem(response: &Response<Body>) -> Value {
    let Body::Text(text) = response.body() else {
        panic!("{response:?}")
    };
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn the_caller_is_deleted_once_and_then_unknown() {
    let fake = Fake::default();
    let bearer = bearer(ada(NOW_MS).id);
    let headers = [("Authorization", bearer.as_str())];
    let response = answer(&fake, &headers, None).await;
    assert_eq!(response.status(), 204);
    assert!(matches!(response.body(), Body::Empty));
    assert_eq!(fake.0.lock().unwrap().erased, [ada(NOW_MS).id]);

    let response = answer(&fake, &headers, None).await;
    assert_eq!(response.status(), 401);
    assert_eq!(problem(&response)["type"], "/problems/unauthenticated");
    assert_eq!(fake.0.lock().unwrap().erased.len(), 1);
}

#[tokio::test]
async fn nobody_is_deleted_by_a_request_that_is_not_understood() {
    let fake = Fake::default();
    let bearer = bearer(ada(NOW_MS).id);
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
    ];
    let response = answer(&fake, &headers, Some(r#"{"dry_run":true}"#)).await;
    assert_eq!(response.status(), 400);
    assert_eq!(problem(&response)["errors"][0]["field"], "dry_run");
    let response = answer(&fake, &[("Authorization", "Bearer nonsense")], None).await;
    assert_eq!(response.status(), 401);
    assert!(!fake.0.lock().unwrap().is_gone);
}

#[tokio::test]
async fn while_the_database_is_down_nobody_is_deleted_and_the_answer_says_when_to_try_again() {
    let fake = Fake::default();
    fake.0.lock().unwrap().database_is_down = true;
    let bearer = bearer(ada(NOW_MS).id);
    let response = answer(&fake, &[("Authorization", &bearer)], None).await;
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
    assert!(fake.0.lock().unwrap().erased.is_empty());
}
