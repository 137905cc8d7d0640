use api::feed::connection_id;
use api::frames::JsonFrames;
use domain::PriceModel;
use feed::fakes::{MemoryFeed, START, user};
use feed::session::{Connection, MarketAccess};
use feed::{Authenticated, ConnectionId, FeedPorts};
use serde_json::{Value, json};

use super::*;

/// The connection of the fixture.
const CONNECTION: &str = "TWegAcC4EowCHnA=";

/// A connection of user 1.
fn connection(id: &str, protocol: Protocol) -> Connection {
    let now_ms = START.starts_at_ms();
    Connection {
        id: ConnectionId(id.into()),
        connected_at_ms: now_ms,
        protocol,
        network: None,
        is_initialised: false,
        identity: Some(Authenticated {
            user_id: user(1),
            expires_at: now_ms / 1000 + 60,
            role: Default::default(),
        }),
        messages: 0,
        window_start_ms: now_ms,
        window_base: 0,
    }
}

/// A real event, with this body.
fn event(body: Option<&str>) -> Event {
    let fixture = include_str!("../../../../crates/api/fixtures/ws-message.json");
    let mut event: Event = serde_json::from_str(fixture).unwrap();
    assert_eq!(
        event.request_context.connection_id.as_deref(),
        Some(CONNECTION)
    );
    event.body = body.map(str::to_owned);
    event
}

fn handler(feed: &Arc<MemoryFeed>) -> WsMessage {
    let ports = FeedPorts {
        encode: Arc::new(JsonFrames),
        ..feed.ports()
    };
    let market = MarketAccess {
        users: feed.clone(),
        model: PriceModel::new(&[7; 32]),
        everyone_limit: 2_000,
    };
    WsMessage {
        connections: feed.clone(),
        session: Session::new(ports.clone(), feed.clone(), market),
        control: Control::new(ports, feed.clone()),
    }
}

/// What was posted, and the response.
async fn answer(event: Event) -> (Vec<Value>, Value) {
    let feed = Arc::<MemoryFeed>::default();
    {
        let mut known = feed.known();
        for (id, protocol) in [
            (CONNECTION, Protocol::FastfusionV1),
            ("graphql", Protocol::GraphqlTransportWs),
        ] {
            let connection = connection(id, protocol);
            known.connections.insert(connection.id.clone(), connection);
        }
        known.users = (0..2_000).map(user).collect();
        let id = event.request_context.connection_id.as_deref();
        known.faults.connections = id == Some("broken");
    }
    let handler = handler(&feed);
    let id = connection_id(&event).unwrap();
    let response = serde_json::to_value(handler.receive(id, event).await).unwrap();
    assert_eq!(response["statusCode"], 200);
    let known = feed.known();
    let posted = known.posts.iter().map(|post| match &*post.frame.text() {
        "closed" => json!("disconnected"),
        text => serde_json::from_str(text).unwrap(),
    });
    (posted.collect(), response)
}

fn body(response: &Value) -> Value {
    serde_json::from_str(response["body"].as_str().unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn one_reply_is_the_response_of_the_route() {
    let (posted, response) = answer(event(Some(r#"{"op":"ping","id":"1"}"#))).await;
    assert_eq!(posted, Vec::<Value>::new());
    assert_eq!(
        body(&response),
        json!({"type": "pong", "id": "1", "at": "2026-01-01T00:00:00Z"})
    );
}

#[tokio::test(start_paused = true)]
async fn a_bad_message_is_an_error_with_its_id() {
    for (message, code, id) in [
        (None, "bad_message", Value::Null),
        (Some("AAECAw=="), "bad_message", Value::Null),
        (Some(r#"{"op":"shout","id":"x"}"#), "unknown_op", json!("x")),
        (
            Some(r#"{"op":"auth","token":"t"}"#),
            "invalid_token",
            Value::Null,
        ),
    ] {
        let (posted, response) = answer(event(message)).await;
        assert_eq!(posted, Vec::<Value>::new());
        let error = body(&response);
        assert_eq!(
            (&error["type"], &error["code"], &error["id"]),
            (&json!("error"), &json!(code), &id)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_connection_is_sent_away() {
    let mut event = event(Some(r#"{"op":"list"}"#));
    event.request_context.connection_id = Some("unknown".to_owned());
    let (posted, response) = answer(event).await;
    assert_eq!(posted[0]["type"], "bye");
    assert_eq!(posted[1], json!("disconnected"));
    assert_eq!(response, json!({"statusCode": 200}));
}

/// What was posted, and the response, on a connection of a GraphQL client.
async fn answer_graphql(message: &str) -> (Vec<Value>, Value) {
    let mut event = event(Some(message));
    event.request_context.connection_id = Some("graphql".to_owned());
    answer(event).await
}

#[tokio::test(start_paused = true)]
async fn who_speaks_the_other_protocol_is_answered_in_it() {
    let (posted, response) = answer_graphql(r#"{"type":"ping","payload":{"n":7}}"#).await;
    assert_eq!(posted, Vec::<Value>::new());
    assert_eq!(
        body(&response),
        json!({"type": "pong", "payload": {"n": 7}})
    );
    let (_, response) = answer_graphql(r#"{"type":"connection_init"}"#).await;
    assert_eq!(body(&response), json!({"type": "connection_ack"}));
}

#[tokio::test(start_paused = true)]
async fn who_breaks_the_other_protocol_is_told_the_code_and_sent_away() {
    for (message, code) in [
        (r#"{"op":"ping"}"#, 4400),
        (
            r#"{"type":"connection_init","payload":{"token":"t"}}"#,
            4403,
        ),
    ] {
        let (posted, response) = answer_graphql(message).await;
        assert_eq!(posted[0]["type"], "error");
        assert_eq!(posted[0]["payload"][0]["extensions"]["closeCode"], code);
        assert_eq!(posted[1], json!("disconnected"));
        assert_eq!(body(&response), json!({"type": "pong"}));
    }
}

#[tokio::test(start_paused = true)]
async fn where_there_is_nothing_to_say_a_graphql_client_gets_a_pong() {
    for message in [r#"{"type":"pong"}"#, r#"{"type":"complete","id":"s"}"#] {
        let (posted, response) = answer_graphql(message).await;
        assert_eq!(posted, Vec::<Value>::new());
        assert_eq!(body(&response), json!({"type": "pong"}));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_said_tells_the_protocol_where_nothing_else_can() {
    let ping = r#"{"type":"ping"}"#;
    for (connection, message, posted, answered) in [
        ("unknown", ping, Some("error"), Some("pong")),
        ("unknown", r#"{"op":"ping"}"#, Some("bye"), None),
        ("broken", ping, None, Some("pong")),
        ("broken", r#"{"op":"ping"}"#, None, Some("error")),
    ] {
        let mut event = event(Some(message));
        event.request_context.connection_id = Some(connection.to_owned());
        let (said, response) = answer(event).await;
        let said = said.first().map(|message| message["type"].clone());
        assert_eq!(said, posted.map(Value::from), "{connection} {message}");
        let answer = response
            .get("body")
            .map(|_| body(&response)["type"].clone());
        assert_eq!(answer, answered.map(Value::from), "{connection} {message}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_frame_of_a_long_reply_is_not_posted() {
    let (posted, response) =
        answer(event(Some(r#"{"op":"subscribe","id":"s","users":"*"}"#))).await;
    let (ack, parts) = posted.split_first().unwrap();
    assert_eq!(ack["type"], "ack");
    assert_eq!(parts.len(), 3);
    assert!(parts.iter().all(|message| message["more"] == true));
    let last = body(&response);
    assert_eq!(
        (&last["type"], last.get("more")),
        (&json!("snapshot"), None)
    );
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_given_up_is_answered_where_the_protocol_can() {
    for (message, answer) in [
        (r#"{"op":"list","id":"1"}"#, json!(["error", "unavailable"])),
        (r#"{"type":"ping"}"#, json!(["pong", null])),
        (r#"{"type":"connection_init"}"#, json!(["pong", null])),
    ] {
        let event = event(Some(message));
        let handler = handler(&Arc::default());
        let response = handler.give_up(connection_id(&event).unwrap(), &event);
        let response = serde_json::to_value(response.await).unwrap();
        assert_eq!(response["statusCode"], 200);
        let told = body(&response);
        assert_eq!(json!([told["type"], told["code"]]), answer, "{message}");
    }
}
