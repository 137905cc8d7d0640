use std::sync::{Arc, Mutex};

use api::rest::test_events::{decode, event};
use api::rest::test_users::{self, Profiles, TokenIsId};
use async_trait::async_trait;
use domain::alert::{Alert, AlertState, Crossed};
use domain::{Price, Tick, UserId};
use insta::assert_json_snapshot;
use lambda_http::http::HeaderValue;
use serde_json::{Value, json};

use super::*;

const NOW_MS: u64 = 1_767_225_603_250;

fn ada() -> UserId {
    test_users::ada(NOW_MS - 60_000).id
}

fn id() -> AlertId {
    AlertId::generate(NOW_MS, &[1; 10])
}

/// Whether there is room for another alert is told.
#[derive(Default)]
struct Fake {
    alerts: Mutex<Vec<Alert>>,
    is_full: bool,
}

#[async_trait]
impl app::alerts::Alerts for Fake {
    async fn add_alert(&self, alert: &Alert) -> app::Result<bool> {
        if !self.is_full {
            self.alerts.lock().unwrap().push(*alert);
        }
        Ok(!self.is_full)
    }

    async fn alerts_of(&self, user: UserId) -> app::Result<Vec<Alert>> {
        let alerts = self.alerts.lock().unwrap();
        Ok(alerts
            .iter()
            .filter(|alert| alert.user_id == user)
            .copied()
            .collect())
    }

    async fn find_alert(&self, user: UserId, id: AlertId) -> app::Result<Option<Alert>> {
        let alerts = self.alerts_of(user).await?;
        Ok(alerts.into_iter().find(|alert| alert.id == id))
    }

    async fn remove_alert(&self, user: UserId, id: AlertId) -> app::Result<bool> {
        let is_there = self.find_alert(user, id).await?.is_some();
        self.alerts
            .lock()
            .unwrap()
            .retain(|alert| alert.id != id || !is_there);
        Ok(is_there)
    }

    async fn arm_alert(&self, user: UserId, id: AlertId, from: Tick) -> app::Result<Option<Alert>> {
        let found = self.find_alert(user, id).await?;
        Ok(found.map(|alert| Alert {
            state: AlertState::Armed { from },
            ..alert
        }))
    }

    async fn alerts_in(&self, _: domain::Shard) -> app::Result<Vec<domain::alert::Alert>> {
        unreachable!("nobody asks")
    }

    async fn claim_alert(
        &self,
        _: &domain::alert::Alert,
        _: domain::alert::Crossed,
    ) -> app::Result<app::alerts::Claim> {
        unreachable!("nobody asks")
    }

    async fn settle_alert(
        &self,
        _: &domain::alert::Alert,
        _: domain::alert::Crossed,
        _: app::alerts::Settled,
    ) -> app::Result<bool> {
        unreachable!("nobody asks")
    }

    async fn renew_alerts(&self, _: &[domain::Shard]) -> app::Result<()> {
        unreachable!("nobody asks")
    }
}

/// Alerts of ada's that fire and have fired.
fn with_crossings() -> Fake {
    let crossed = Crossed {
        tick: Tick::at_ms(NOW_MS),
        price: Price::parse("99.98").unwrap(),
    };
    let fake = Fake::default();
    let states = [
        AlertState::Firing(crossed),
        AlertState::Fired(crossed),
        AlertState::Failed(crossed),
    ];
    for (number, state) in (1..).zip(states) {
        fake.alerts.lock().unwrap().push(Alert {
            id: AlertId::generate(NOW_MS, &[number; 10]),
            user_id: ada(),
            condition: domain::alert::Condition {
                crossing: domain::alert::Crossing::Below,
                threshold: Price::parse("100.00").unwrap(),
            },
            channel: domain::alert::Channel::Email,
            state,
        });
    }
    fake
}

fn handler(alerts: Fake) -> Alerts {
    Alerts {
        alerts: UserAlerts {
            tokens: Box::new(TokenIsId),
            users: Arc::new(Profiles(vec![test_users::ada(NOW_MS - 60_000)])),
            alerts: Arc::new(alerts),
        },
        responder: Responder::new(HeaderValue::from_static("*")),
    }
}

/// Ada's request, or somebody else's.
async fn ask(
    handler: &Alerts,
    user: UserId,
    method: &str,
    route: &str,
    alert: Option<AlertId>,
    body: Option<Value>,
) -> (u16, Value, Response<Body>) {
    let bearer = format!("Bearer {user}");
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
    ];
    let shown = alert.map(|id| id.to_string()).unwrap_or_default();
    let path = route.replace("{id}", &shown);
    let body = body.map(|body| body.to_string());
    let mut event = event(method, &path, &headers, body.as_deref());
    event["resource"] = json!(route);
    event["requestContext"]["resourcePath"] = json!(route);
    if alert.is_some() {
        event["pathParameters"] = json!({"id": shown});
    }
    let response = handler.handle(&decode(&event), id()).await;
    let body = match response.body() {
        Body::Text(text) => serde_json::from_str(text).unwrap(),
        _ => Value::Null,
    };
    (response.status().as_u16(), body, response)
}

#[tokio::test]
async fn an_alert_is_made_shown_listed_and_deleted() {
    let handler = handler(Fake::default());
    let body = json!({"above": "120.00", "channel": "email"});
    let (status, made, response) = ask(&handler, ada(), "POST", ALERTS, None, Some(body)).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(response.headers()["location"], format!("alerts/{}", id()));
    assert_json_snapshot!(made, @r#"
    {
      "above": "120.00",
      "channel": "email",
      "created_at": "2026-01-01T00:00:03.250Z",
      "id": "019b76da-b4b2-7101-8101-010101010101",
      "state": "armed"
    }
    "#);
    let (status, shown, _) = ask(&handler, ada(), "GET", ALERT, Some(id()), None).await;
    assert_eq!((status, &shown), (200, &made));
    let (status, listed, _) = ask(&handler, ada(), "GET", ALERTS, None, None).await;
    assert_eq!((status, listed), (200, json!({"alerts": [made]})));
    let (status, body, _) = ask(&handler, ada(), "DELETE", ALERT, Some(id()), None).await;
    assert_eq!((status, body), (204, Value::Null));
    let (_, listed, _) = ask(&handler, ada(), "GET", ALERTS, None, None).await;
    assert_eq!(listed, json!({"alerts": []}));
}

#[tokio::test]
async fn a_crossing_is_shown_and_an_alert_armed_again() {
    let handler = handler(with_crossings());
    let (_, listed, _) = ask(&handler, ada(), "GET", ALERTS, None, None).await;
    assert_json_snapshot!(listed["alerts"][1], @r#"
    {
      "below": "100.00",
      "channel": "email",
      "created_at": "2026-01-01T00:00:03.250Z",
      "crossed": {
        "at": "2026-01-01T00:00:00Z",
        "price": "99.98",
        "tick": 353445120
      },
      "id": "019b76da-b4b2-7202-8202-020202020202",
      "state": "fired"
    }
    "#);
    let states = listed["alerts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|alert| &alert["state"]);
    assert_eq!(states.collect::<Vec<_>>(), ["firing", "fired", "failed"]);
    let second = AlertId::generate(NOW_MS, &[2; 10]);
    let (status, armed, _) = ask(&handler, ada(), "POST", REARM, Some(second), None).await;
    assert_eq!((status, &armed["state"]), (200, &json!("armed")));
    assert!(armed.get("crossed").is_none(), "{armed}");
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() {
    let handler = handler(Fake::default());
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
            json!({"above": null, "below": "0.00", "channel": "email"}),
            vec!["below"],
        ),
        (
            json!({"above": "1.00", "channel": "email", "price": "1.00"}),
            vec!["price"],
        ),
    ] {
        let (status, problem, _) =
            ask(&handler, ada(), "POST", ALERTS, None, Some(body.clone())).await;
        assert_eq!(
            (status, &problem["type"]),
            (400, &json!("/problems/validation"))
        );
        let errors = problem["errors"].as_array().unwrap();
        let named: Vec<_> = errors
            .iter()
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        assert_eq!(named, fields, "{body}");
    }
    let body = json!({"below": "1.00", "channel": "sms"});
    let (status, problem, _) = ask(&handler, ada(), "POST", ALERTS, None, Some(body)).await;
    assert_eq!(
        (status, &problem["type"]),
        (422, &json!("/problems/no-phone"))
    );
}

#[tokio::test]
async fn there_is_an_end_to_alerts_and_other_peoples_are_not_there() {
    let full = handler(Fake {
        is_full: true,
        ..Fake::default()
    });
    let body = json!({"below": "1.00", "channel": "email"});
    let (status, problem, _) = ask(&full, ada(), "POST", ALERTS, None, Some(body)).await;
    assert_eq!(
        (status, &problem["type"]),
        (409, &json!("/problems/too-many-alerts"))
    );

    let handler = handler(with_crossings());
    let stranger = UserId::generate(NOW_MS, &[8; 10]);
    for (method, route) in [("GET", ALERT), ("DELETE", ALERT), ("POST", REARM)] {
        let (status, problem, _) = ask(&handler, stranger, method, route, Some(id()), None).await;
        let found = (status, &problem["type"]);
        assert_eq!(
            found,
            (404, &json!("/problems/alert-not-found")),
            "{method} {route}"
        );
    }
    let (status, problem, _) = ask(&handler, ada(), "PUT", ALERT, Some(id()), None).await;
    assert_eq!(
        (status, &problem["type"]),
        (404, &json!("/problems/not-found"))
    );
}
