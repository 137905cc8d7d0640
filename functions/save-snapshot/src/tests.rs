use std::sync::Arc;

use api::rest::test_events::request;
use api::rest::test_users::{Profiles, TokenIsId, ada, bearer};
use app::Error;
use app::snapshots::{IdempotencyKey, SnapshotPublisher, Snapshots};
use app::users::Authenticator;
use async_trait::async_trait;
use domain::{PriceModel, Snapshot};
use insta::assert_json_snapshot;
use lambda_http::http::HeaderValue;
use serde_json::Value;

use super::*;

const PATH: &str = "/api/v1/users/save-snapshot";
const NOW_MS: u64 = 1_767_225_663_250;

/// Any key was used before; publishing can fail.
#[derive(Clone, Copy)]
struct Fake {
    broker_is_down: bool,
}

#[async_trait]
impl Snapshots for Fake {
    async fn reserve_snapshot(
        &self,
        snapshot: &Snapshot,
        key: Option<&IdempotencyKey>,
    ) -> app::Result<Snapshot> {
        let id = key.map_or(snapshot.id, |_| {
            SnapshotId::generate(NOW_MS - 5000, &[9; 10])
        });
        Ok(Snapshot { id, ..*snapshot })
    }

    async fn find_snapshot(
        &self,
        _: domain::UserId,
        _: domain::SnapshotId,
    ) -> app::Result<Option<app::snapshots::SnapshotStatus>> {
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

#[async_trait]
impl SnapshotPublisher for Fake {
    async fn publish_snapshot(&self, _: &Snapshot) -> app::Result<()> {
        if self.broker_is_down {
            return Err(Error::Unavailable {
                what: "Kafka",
                source: "no answer".into(),
            });
        }
        Ok(())
    }
}

async fn answer_of(
    fake: Fake,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> (Response<Body>, Value) {
    let ada = ada(NOW_MS - 60_000);
    let bearer = bearer(ada.id);
    let handler = SaveSnapshot {
        save: snapshots::SaveSnapshot {
            authenticator: Authenticator {
                tokens: Box::new(TokenIsId),
                users: Arc::new(Profiles(vec![ada])),
            },
            prices: PriceModel::new(b"a secret for tests, of thirty-two bytes"),
            snapshots: Arc::new(fake),
            publisher: Box::new(fake),
        },
        responder: Responder::new(HeaderValue::from_static("*")),
    };
    let headers = [&[("Authorization", bearer.as_str())], headers].concat();
    let id = SnapshotId::generate(NOW_MS, &[1; 10]);
    let response = handler
        .handle(&request("POST", PATH, &headers, body), id)
        .await;
    let Body::Text(text) = response.body() else {
        panic!("{response:?}")
    };
    let body = serde_json::from_str(text).unwrap();
    (response, body)
}

async fn answer(headers: &[(&str, &str)], body: Option<&str>) -> (Response<Body>, Value) {
    let fake = Fake {
        broker_is_down: false,
    };
    answer_of(fake, headers, body).await
}

#[tokio::test]
async fn a_snapshot_is_accepted_with_its_price_and_where_to_ask() {
    let (response, body) = answer(&[], None).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    assert_json_snapshot!(body, @r#"
    {
      "price": "81.66",
      "snapshot_id": "019b76db-9f12-7101-8101-010101010101",
      "status_url": "/api/v1/users/snapshots/019b76db-9f12-7101-8101-010101010101",
      "tick": 353445132
    }
    "#);
    let json = ("Content-Type", "application/json");
    let (response, _) = answer(&[json], Some("{}")).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_key_gives_the_snapshot_that_it_stands_for() {
    let (_, body) = answer(&[("Idempotency-Key", "mine")], None).await;
    let id = SnapshotId::generate(NOW_MS - 5000, &[9; 10]);
    assert_eq!(body["snapshot_id"], id.to_string());
    assert_eq!(body["tick"], id.tick().get());
}

#[tokio::test]
async fn a_client_chooses_neither_price_nor_any_key() {
    let json = ("Content-Type", "application/json");
    let (response, body) = answer(&[json], Some(r#"{"price":"1000.00"}"#)).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(body["errors"][0]["field"], "price");
    let long = "x".repeat(65);
    for key in ["", &long, "ü"] {
        let (response, body) = answer(&[("Idempotency-Key", key)], None).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{key}");
        assert_eq!(body["errors"][0]["field"], "Idempotency-Key");
    }
    let (response, _) = answer(&[], Some("{}")).await;
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn while_kafka_is_down_there_is_a_503_that_says_when_to_try_again() {
    let fake = Fake {
        broker_is_down: true,
    };
    let (response, body) = answer_of(fake, &[], None).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(body["type"], "/problems/unavailable");
}

#[tokio::test]
async fn without_a_valid_token_there_is_a_challenge() {
    let (response, _) = answer(&[("Authorization", "Bearer nonsense")], None).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(response.headers().contains_key("www-authenticate"));
}
