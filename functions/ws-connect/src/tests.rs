use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::UserId;
use feed::Authenticated;
use feed::Clock;
use feed::ConnectionId;
use feed::VerifyToken;
use feed::session::{NewConnection, StoreConnection};
use serde_json::{Value, json};

use super::*;

const NOW_MS: u64 = 1_767_225_600_000;

/// Every port at once.
#[derive(Default)]
struct Ports {
    stored: Mutex<Vec<NewConnection>>,
    broken: bool,
}

#[async_trait]
impl Clock for Ports {
    fn now_ms(&self) -> u64 {
        NOW_MS
    }

    async fn sleep_until(&self, _: u64) {
        unreachable!("nothing waits")
    }
}

#[async_trait]
impl VerifyToken for Ports {
    async fn verify(&self, token: &str, now_ms: u64) -> feed::Result<Authenticated> {
        assert_eq!(now_ms, NOW_MS);
        match token {
            "good" => Ok(identity()),
            _ => Err(feed::Error::Unauthenticated("the token is malformed")),
        }
    }
}

#[async_trait]
impl StoreConnection for Ports {
    async fn store_connection(&self, connection: &NewConnection) -> feed::Result<()> {
        if self.broken {
            return Err(feed::Error::Unavailable {
                what: "the store",
                source: "out of order".into(),
            });
        }
        self.stored.lock().unwrap().push(connection.clone());
        Ok(())
    }
}

fn identity() -> Authenticated {
    let user_id = UserId::parse("019b76da-a800-7000-8000-000000000001").unwrap();
    Authenticated {
        user_id,
        expires_at: NOW_MS / 1000 + 60,
        role: Default::default(),
    }
}

/// A real event, with these headers and parameters.
fn event(headers: &[(&str, &str)], query: &[(&str, &str)]) -> ApiGatewayWebsocketProxyRequest {
    let mut event: Value = serde_json::from_str(include_str!("../fixtures/connect.json")).unwrap();
    for (name, value) in headers {
        event["headers"][name] = json!(value);
        event["multiValueHeaders"][name] = json!([value]);
    }
    for (name, value) in query {
        event["queryStringParameters"][name] = json!(value);
    }
    serde_json::from_value(event).unwrap()
}

/// The response, and what was stored.
async fn open(ports: Ports, event: ApiGatewayWebsocketProxyRequest) -> (Value, Vec<NewConnection>) {
    let ports = Arc::new(ports);
    let open = OpenConnection {
        clock: ports.clone(),
        tokens: ports.clone(),
        connections: ports.clone(),
    };
    let response = handle(&open, event).await.unwrap();
    let stored = ports.stored.lock().unwrap().clone();
    (serde_json::to_value(response).unwrap(), stored)
}

fn stored(protocol: Option<Protocol>, identity: Option<Authenticated>) -> Vec<NewConnection> {
    let id = ConnectionId("asdfasdf=".into());
    vec![NewConnection {
        id,
        protocol,
        connected_at_ms: NOW_MS,
        identity,
    }]
}

#[tokio::test]
async fn a_client_that_offers_nothing_is_accepted_to_authenticate_later() {
    let opened = open(Ports::default(), event(&[], &[("theme", "dark")])).await;
    assert_eq!(opened, (json!({"statusCode": 200}), stored(None, None)));
}

#[tokio::test]
async fn a_token_in_the_header_authenticates() {
    for header in ["Bearer good", "bearer  good "] {
        let opened = open(Ports::default(), event(&[("Authorization", header)], &[])).await;
        assert_eq!(
            opened,
            (json!({"statusCode": 200}), stored(None, Some(identity())))
        );
    }
}

#[tokio::test]
async fn our_protocol_is_chosen_among_those_offered() {
    for offer in [
        "fastfusion.v1",
        "mqtt,fastfusion.v1",
        " graphql-ws ,\tfastfusion.v1 , x",
    ] {
        let opened = open(
            Ports::default(),
            event(&[("Sec-WebSocket-Protocol", offer)], &[]),
        )
        .await;
        let headers = json!({"Sec-WebSocket-Protocol": "fastfusion.v1"});
        let accepted = json!({"statusCode": 200, "headers": headers});
        assert_eq!(
            opened,
            (accepted, stored(Some(Protocol::FastfusionV1), None)),
            "{offer}"
        );
    }
}

/// Status and problem of a refusal, which stores nothing.
async fn refusal(ports: Ports, event: ApiGatewayWebsocketProxyRequest) -> (u64, String) {
    let (response, stored) = open(ports, event).await;
    assert_eq!(stored, []);
    assert_eq!(
        response["headers"]["Content-Type"],
        "application/problem+json"
    );
    let body: Value = serde_json::from_str(response["body"].as_str().unwrap()).unwrap();
    let challenged = response["headers"].get("WWW-Authenticate").is_some();
    let status = response["statusCode"].as_u64().unwrap();
    assert_eq!(challenged, status == 401);
    (status, body["type"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn bad_requests_are_refused() {
    let jwt = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2ln";
    for (headers, query, status) in [
        (&[("Sec-WebSocket-Protocol", "mqtt")][..], &[][..], 400),
        (
            &[("Sec-WebSocket-Protocol", "mqtt, fastfusion.v10")],
            &[],
            400,
        ),
        (&[("Authorization", "Bearer bad")], &[], 401),
        (&[("Authorization", "good")], &[], 401),
        (&[("Authorization", "Basic good")], &[], 401),
        (&[], &[("token", "good")], 400),
        (&[], &[("access_token", "x")], 400),
        (&[], &[("Authorization", "Bearer good")], 400),
        (&[], &[("q", jwt)], 400),
        (
            &[("Authorization", "Bearer good")],
            &[("Token", "good")],
            400,
        ),
    ] {
        let (actual, kind) = refusal(Ports::default(), event(headers, query)).await;
        assert_eq!(actual, status, "{headers:?} {query:?}");
        let expected = if status == 400 {
            "validation"
        } else {
            "unauthenticated"
        };
        assert_eq!(kind, format!("/problems/{expected}"));
    }
}

#[tokio::test]
async fn a_store_that_fails_is_unavailable() {
    let ports = Ports {
        broken: true,
        ..Ports::default()
    };
    let refused = refusal(ports, event(&[], &[])).await;
    assert_eq!(refused, (503, "/problems/unavailable".to_owned()));
}
