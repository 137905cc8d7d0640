use std::sync::Arc;

use feed::fakes::{MemoryFeed, START, user};
use feed::session::NewConnection;
use feed::{Authenticated, ConnectionId};
use serde_json::{Value, json};

use super::*;

const EXPIRES_AT: u64 = START.starts_at_ms() / 1000 + 60;

fn identity() -> Authenticated {
    Authenticated {
        user_id: user(1),
        expires_at: EXPIRES_AT,
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
async fn open(event: ApiGatewayWebsocketProxyRequest) -> (Value, Vec<NewConnection>) {
    open_in(&Arc::default(), event).await
}

async fn open_in(
    feed: &Arc<MemoryFeed>,
    event: ApiGatewayWebsocketProxyRequest,
) -> (Value, Vec<NewConnection>) {
    let open = OpenConnection {
        clock: feed.clone(),
        tokens: feed.clone(),
        connections: feed.clone(),
    };
    let response = handle(&open, event).await.unwrap();
    let stored = feed.known().opened.clone();
    (serde_json::to_value(response).unwrap(), stored)
}

fn stored(protocol: Option<Protocol>, identity: Option<Authenticated>) -> Vec<NewConnection> {
    let id = ConnectionId("asdfasdf=".into());
    vec![NewConnection {
        id,
        protocol,
        connected_at_ms: START.starts_at_ms(),
        identity,
    }]
}

#[tokio::test(start_paused = true)]
async fn a_client_that_offers_nothing_is_accepted_to_authenticate_later() {
    let opened = open(event(&[], &[("theme", "dark")])).await;
    assert_eq!(opened, (json!({"statusCode": 200}), stored(None, None)));
}

#[tokio::test(start_paused = true)]
async fn a_token_in_the_header_authenticates() {
    for scheme in ["Bearer ", "bearer  "] {
        let header = format!("{scheme}1 {EXPIRES_AT} ");
        let opened = open(event(&[("Authorization", &header)], &[])).await;
        assert_eq!(
            opened,
            (json!({"statusCode": 200}), stored(None, Some(identity())))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn our_protocol_is_chosen_among_those_offered() {
    for offer in [
        "fastfusion.v1",
        "mqtt,fastfusion.v1",
        " graphql-ws ,\tfastfusion.v1 , x",
    ] {
        let opened = open(event(&[("Sec-WebSocket-Protocol", offer)], &[])).await;
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
async fn refusal(feed: &Arc<MemoryFeed>, event: ApiGatewayWebsocketProxyRequest) -> (u64, String) {
    let (response, stored) = open_in(feed, event).await;
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

#[tokio::test(start_paused = true)]
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
        let (actual, kind) = refusal(&Arc::default(), event(headers, query)).await;
        assert_eq!(actual, status, "{headers:?} {query:?}");
        let expected = if status == 400 {
            "validation"
        } else {
            "unauthenticated"
        };
        assert_eq!(kind, format!("/problems/{expected}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_is_unavailable() {
    let feed = Arc::<MemoryFeed>::default();
    feed.known().faults.connections = true;
    let refused = refusal(&feed, event(&[], &[])).await;
    assert_eq!(refused, (503, "/problems/unavailable".to_owned()));
}
