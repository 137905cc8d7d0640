use std::sync::Arc;

use api::rest::test_events::{decode, event};
use app::Error;
use app::snapshots::Snapshots;
use app::users::{Authenticator, Profile, Users};
use async_trait::async_trait;
use domain::SavedSnapshot;
use domain::user::{Email, Name};
use domain::{Price, PriceModel, Snapshot, SnapshotId, Statistics, Tick, UserId};
use feed::Authenticated;
use feed::VerifyToken;
use insta::assert_snapshot;
use lambda_http::http::HeaderValue;
use serde_json::{Value, json};

use super::*;

const REGISTERED_MS: u64 = 1_767_225_600_000;
const NOW_MS: u64 = REGISTERED_MS + 60_000;
const HISTORY: &str = "/analytics/user/{id}";
const PRICES: &str = "/analytics/user/{id}/prices";

fn ada() -> UserId {
    UserId::generate(REGISTERED_MS, &[7; 10])
}

fn saved(number: u8) -> SavedSnapshot {
    SavedSnapshot {
        snapshot: Snapshot {
            id: SnapshotId::generate(REGISTERED_MS + u64::from(number) * 5000, &[number; 10]),
            user_id: ada(),
            price: Price::from_cents(10_000 + u64::from(number)).unwrap(),
        },
        saved_at_ms: NOW_MS,
    }
}

/// Ada has three snapshots; a token is the id of its user. Her profile can be out of reach.
#[derive(Clone, Copy, Default)]
struct Fake {
    is_down: bool,
}

#[async_trait]
impl VerifyToken for Fake {
    async fn verify(&self, token: &str, now_ms: u64) -> feed::Result<Authenticated> {
        let user_id = UserId::parse(token)
            .map_err(|_| feed::Error::Unauthenticated("the token is malformed"))?;
        Ok(Authenticated {
            user_id,
            expires_at: now_ms / 1000 + 1,
            role: Default::default(),
        })
    }
}

#[async_trait]
impl Users for Fake {
    async fn find_profile(&self, id: UserId) -> app::Result<Option<Profile>> {
        if self.is_down {
            return Err(Error::Unavailable {
                what: "DynamoDB",
                source: "no answer".into(),
            });
        }
        Ok((id == ada()).then(|| Profile {
            id,
            name: Name::parse("Ada Lovelace").unwrap(),
            email: Email::parse("ada@example.com").unwrap(),
            phone: None,
            preferences: Default::default(),
        }))
    }

    async fn create_user(&self, _: &app::users::NewUser) -> app::Result<()> {
        unreachable!("nobody asks")
    }

    async fn find_login(&self, _: &domain::user::Email) -> app::Result<Option<app::users::Login>> {
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
impl Snapshots for Fake {
    async fn statistics(&self, _: UserId) -> app::Result<Option<Statistics>> {
        let first = Statistics::of_first(saved(1).snapshot);
        Ok(Some(first.with(saved(2).snapshot).with(saved(3).snapshot)))
    }

    async fn saved_before(
        &self,
        _: UserId,
        before: Option<SnapshotId>,
        at_most: u16,
    ) -> app::Result<Vec<SavedSnapshot>> {
        let older = |saved: &SavedSnapshot| before.is_none_or(|id| saved.snapshot.id < id);
        let newest = [saved(3), saved(2), saved(1)].into_iter().filter(older);
        Ok(newest.take(at_most.into()).collect())
    }

    async fn reserve_snapshot(
        &self,
        _: &domain::Snapshot,
        _: Option<&app::snapshots::IdempotencyKey>,
    ) -> app::Result<domain::Snapshot> {
        unreachable!("nobody asks")
    }

    async fn find_snapshot(
        &self,
        _: domain::UserId,
        _: domain::SnapshotId,
    ) -> app::Result<Option<app::snapshots::SnapshotStatus>> {
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
}

async fn answer_of(
    fake: Fake,
    route: &str,
    query: Value,
    headers: &[(&str, &str)],
) -> (Response<Body>, String) {
    let analytics = Analytics {
        show: ShowAnalytics {
            authenticator: Authenticator {
                tokens: Box::new(fake),
                users: Arc::new(fake),
            },
            snapshots: Arc::new(fake),
            prices: PriceModel::new(b"a secret for tests, of thirty-two bytes"),
        },
        responder: Responder::new(HeaderValue::from_static("*")),
    };
    let bearer = format!("Bearer {}", ada());
    let headers = [&[("Authorization", bearer.as_str())], headers].concat();
    let path = route.replace("{id}", &ada().to_string());
    let mut event = event("GET", &path, &headers, None);
    event["resource"] = json!(route);
    event["requestContext"]["resourcePath"] = json!(route);
    event["pathParameters"] = json!({"id": ada().to_string()});
    event["queryStringParameters"] = query;
    let response = analytics.handle(&decode(&event), NOW_MS).await;
    let Body::Text(text) = response.body() else {
        panic!("{response:?}")
    };
    let text = text.clone();
    (response, text)
}

async fn answer(route: &str, query: Value, accept: &str) -> (Response<Body>, String) {
    answer_of(Fake::default(), route, query, &[("Accept", accept)]).await
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn a_history_is_followed_from_page_to_page() {
    let (response, text) = answer(HISTORY, json!({"limit": "2"}), "*/*").await;
    assert_eq!(response.status(), 200);
    let body = json_of(&text);
    assert_eq!(
        (&body["count"], &body["maximum"]),
        (&json!(3), &json!("100.03"))
    );
    assert_eq!(body["history"].as_array().unwrap().len(), 2);
    let cursor = body["next_cursor"].as_str().unwrap();
    assert_eq!(
        response.headers()["link"],
        format!("<?limit=2&cursor={cursor}>; rel=\"next\"")
    );
    let (response, text) = answer(HISTORY, json!({"cursor": cursor}), "text/csv").await;
    assert_eq!(
        response.headers()["content-type"],
        "text/csv; charset=utf-8"
    );
    assert_eq!(response.headers().get("link"), None);
    assert_snapshot!(text, @r#"
    id,tick,requested_at,saved_at,price
    019b76da-bb88-7101-8101-010101010101,353445121,2026-01-01T00:00:05Z,2026-01-01T00:01:00Z,100.01
    "#);
}

#[tokio::test]
async fn prices_are_those_of_the_model() {
    let shareholder =
        PriceModel::new(b"a secret for tests, of thirty-two bytes").shareholder(ada());
    let (response, text) = answer(PRICES, json!({}), "*/*").await;
    assert_eq!(response.status(), 200);
    let body = json_of(&text);
    let buckets = body["buckets"].as_array().unwrap();
    assert_eq!(buckets.len(), 13, "from the opening to the current tick");
    for bucket in buckets {
        let tick = Tick(bucket["tick"].as_u64().unwrap());
        assert_eq!(bucket["close"], shareholder.price_at(tick).to_string());
    }
    let (_, text) = answer(PRICES, json!({"points": "2"}), "text/csv").await;
    assert_snapshot!(text, @r#"
    tick,at,open,high,low,close
    353445120,2026-01-01T00:00:00Z,262.98,264.82,262.98,264.28
    353445127,2026-01-01T00:00:35Z,263.94,264.49,263.88,264.42
    "#);
}

#[tokio::test]
async fn bad_parameters_and_formats_are_refused_with_reasons() {
    let (response, text) = answer(PRICES, json!({"from": "noon", "limit": "1"}), "*/*").await;
    assert_eq!(response.status(), 400);
    let fields = json_of(&text)["errors"].clone();
    assert_eq!(
        (&fields[0]["field"], &fields[1]["field"]),
        (&json!("from"), &json!("limit"))
    );
    let (response, text) = answer(HISTORY, json!({}), "text/html").await;
    assert_eq!(response.status(), 406);
    assert_eq!(json_of(&text)["type"], "/problems/not-acceptable");
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
}

#[tokio::test]
async fn problems_stay_json_whatever_is_accepted() {
    let csv = ("Accept", "text/csv");
    let down = Fake { is_down: true };
    for route in [HISTORY, PRICES] {
        let (response, text) = answer_of(down, route, json!({}), &[csv]).await;
        assert_eq!(response.status(), 503, "{route}");
        assert_eq!(json_of(&text)["type"], "/problems/unavailable");
        let other = ("Authorization", "Bearer nonsense");
        let (response, _) = answer_of(down, route, json!({}), &[csv, other]).await;
        assert_eq!(response.status(), 401, "{route}");
    }
}
