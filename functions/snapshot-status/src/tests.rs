use api::rest::test_events::{decode, event};
use api::rest::test_users::{self, Profiles, TokenIsId};
use app::snapshots::SnapshotStatus;
use app::users::Profile;
use async_trait::async_trait;
use domain::{Price, Snapshot, SnapshotId, UserId};
use insta::assert_json_snapshot;
use lambda_http::http::HeaderValue;
use serde_json::{Value, json};

use super::*;

const NOW_MS: u64 = 1_767_225_603_250;

fn ada() -> UserId {
    api::rest::test_users::ada(NOW_MS - 60_000).id
}

fn pending() -> SnapshotId {
    SnapshotId::generate(NOW_MS, &[1; 10])
}

fn saved() -> SnapshotId {
    SnapshotId::generate(NOW_MS, &[2; 10])
}

/// Ada has one snapshot of each kind.
struct Fake;

#[async_trait]
impl Snapshots for Fake {
    async fn find_snapshot(
        &self,
        user_id: UserId,
        id: SnapshotId,
    ) -> app::Result<Option<SnapshotStatus>> {
        let known = user_id == ada() && [pending(), saved()].contains(&id);
        Ok(known.then(|| SnapshotStatus {
            snapshot: Snapshot {
                id,
                user_id,
                price: Price::parse("101.20").unwrap(),
            },
            saved_at_ms: (id == saved()).then_some(NOW_MS + 77),
        }))
    }

    async fn reserve_snapshot(
        &self,
        _: &domain::Snapshot,
        _: Option<&app::snapshots::IdempotencyKey>,
    ) -> app::Result<domain::Snapshot> {
        unreachable!("nobody asks")
    }

    async fn statistics(&self, _: domain::UserId) -> app::Result<Option<domain::Statistics>> {
        unreachable!("nobody asks")
    }

    async fn store_snapshot(
        &self,
        _: &domain::SavedSnapshot,
        _: Option<&domain::Statistics>,
        _: &domain::Statistics,
    ) -> app::Result<app::snapshots::Stored> {
        unreachable!("nobody asks")
    }

    async fn saved_before(
        &self,
        _: domain::UserId,
        _: Option<domain::SnapshotId>,
        _: u16,
    ) -> app::Result<Vec<domain::SavedSnapshot>> {
        unreachable!("nobody asks")
    }
}

fn somebody() -> UserId {
    UserId::generate(NOW_MS, &[8; 10])
}

fn profile(id: UserId) -> Profile {
    Profile {
        id,
        ..test_users::ada(NOW_MS)
    }
}

async fn answer(token: &str, id: &str) -> (u16, Value) {
    let status = ShowStatus {
        authenticator: Authenticator {
            tokens: Box::new(TokenIsId),
            users: Arc::new(Profiles([ada(), somebody()].map(profile).into())),
        },
        snapshots: Arc::new(Fake),
        responder: Responder::new(HeaderValue::from_static("*")),
    };
    let bearer = format!("Bearer {token}");
    let path = format!("/api/v1/users/snapshots/{id}");
    let mut event = event("GET", &path, &[("Authorization", &bearer)], None);
    event["resource"] = json!("/api/v1/users/snapshots/{id}");
    event["pathParameters"] = json!({"id": id});
    let response = status.handle(&decode(&event), NOW_MS).await;
    let Body::Text(text) = response.body() else {
        panic!("{response:?}")
    };
    (
        response.status().as_u16(),
        serde_json::from_str(text).unwrap(),
    )
}

#[tokio::test]
async fn a_snapshot_is_pending_or_saved() {
    let token = ada().to_string();
    let (status, body) = answer(&token, &pending().to_string()).await;
    assert_eq!(status, 200);
    assert_json_snapshot!(body, @r#"
    {
      "id": "019b76da-b4b2-7101-8101-010101010101",
      "price": "101.20",
      "requested_at": "2026-01-01T00:00:03.250Z",
      "status": "pending",
      "tick": 353445120
    }
    "#);
    let (status, body) = answer(&token, &saved().to_string()).await;
    assert_eq!(status, 200);
    assert_json_snapshot!(body, @r#"
    {
      "id": "019b76da-b4b2-7202-8202-020202020202",
      "price": "101.20",
      "requested_at": "2026-01-01T00:00:03.250Z",
      "saved_at": "2026-01-01T00:00:03.327Z",
      "status": "saved",
      "tick": 353445120
    }
    "#);
}

#[tokio::test]
async fn what_the_caller_never_asked_for_is_not_found() {
    let (ada, somebody) = (ada().to_string(), somebody().to_string());
    let unknown = SnapshotId::generate(NOW_MS, &[3; 10]).to_string();
    for (token, id) in [
        (&ada, unknown.as_str()),
        (&ada, "mine"),
        (&somebody, saved().to_string().as_str()),
    ] {
        let (status, body) = answer(token, id).await;
        assert_eq!(
            (status, body["type"].as_str()),
            (404, Some("/problems/snapshot-not-found"))
        );
    }
}

#[tokio::test]
async fn nothing_is_told_without_a_valid_token() {
    let (status, _) = answer("nonsense", &saved().to_string()).await;
    assert_eq!(status, 401);
}
