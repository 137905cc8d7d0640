use std::sync::Mutex;
use std::time::Duration;

use api::feed::connection_id;
use api::operations::ControlFrames;
use domain::{Price, PriceModel, Tick, UserId};
use feed::Authenticated;
use feed::Clock;
use feed::operations::ControlPorts;
use feed::session::{
    Added, Authentication, Connection, FindUsers, HoldConnection, SessionPorts, StoreSubscriptions,
    Subscription, SubscriptionId, TickPrices,
};
use feed::{AudienceEntry, AudienceShard, ReadAudience, Versions};
use serde_json::{Value, json};

use super::*;

const NOW_MS: u64 = 1_767_225_600_000;

/// Every port at once.
#[derive(Default)]
struct Ports {
    posted: Mutex<Vec<Value>>,
    removed: Mutex<usize>,
}

fn user() -> UserId {
    UserId::parse("019b76da-a800-7000-8000-000000000001").unwrap()
}

#[async_trait]
impl Clock for Ports {
    fn now_ms(&self) -> u64 {
        NOW_MS
    }

    async fn sleep_until(&self, at_ms: u64) {
        assert!(at_ms <= NOW_MS);
    }
}

#[async_trait]
impl VerifyToken for Ports {
    async fn verify(&self, _: &str, _: u64) -> feed::Result<Authenticated> {
        Err(feed::Error::Unauthenticated("the token is malformed"))
    }
}

#[async_trait]
impl HoldConnection for Ports {
    async fn count_message(&self, id: &ConnectionId) -> feed::Result<Option<Connection>> {
        if &*id.0 == "broken" {
            return Err(feed::Error::Unavailable {
                what: "the store",
                source: "out of order".into(),
            });
        }
        Ok((&*id.0 != "unknown").then(|| Connection {
            id: id.clone(),
            connected_at_ms: NOW_MS,
            protocol: match &*id.0 {
                "graphql" => Protocol::GraphqlTransportWs,
                _ => Protocol::FastfusionV1,
            },
            is_initialised: false,
            identity: Some(Authenticated {
                user_id: user(),
                expires_at: NOW_MS / 1000 + 60,
                role: Default::default(),
            }),
            messages: 1,
            window_start_ms: NOW_MS,
            window_base: 0,
        }))
    }

    async fn start_window(&self, _: &Connection) -> feed::Result<()> {
        unreachable!("nobody floods")
    }

    async fn authenticate(
        &self,
        _: &ConnectionId,
        _: Authenticated,
    ) -> feed::Result<Authentication> {
        unreachable!("no token is good")
    }

    async fn initialise(&self, _: &ConnectionId, _: Authenticated) -> feed::Result<Authentication> {
        Ok(Authentication::Done)
    }
}

#[async_trait]
impl StoreSubscriptions for Ports {
    async fn add_subscription(
        &self,
        _: &Connection,
        _: UserId,
        _: &Subscription,
    ) -> feed::Result<Added> {
        Ok(Added::Stored)
    }

    async fn remove_subscription(
        &self,
        _: &ConnectionId,
        _: &SubscriptionId,
    ) -> feed::Result<bool> {
        Ok(false)
    }

    async fn note_end(&self, _: &ConnectionId, _: &SubscriptionId, _: u64) -> feed::Result<()> {
        Ok(())
    }

    async fn clear_end(&self, _: &ConnectionId, _: &SubscriptionId) -> feed::Result<()> {
        unreachable!("no operation begins here")
    }

    async fn subscriptions(&self, _: &ConnectionId) -> feed::Result<Vec<Subscription>> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl ReadAudience for Ports {
    async fn versions(&self, _: &[AudienceShard]) -> feed::Result<Versions> {
        unreachable!("the audience is not read")
    }

    async fn audience(&self, _: AudienceShard) -> feed::Result<Vec<AudienceEntry>> {
        unreachable!("the audience is not read")
    }

    async fn remove_connection(&self, _: &ConnectionId) -> feed::Result<()> {
        *self.removed.lock().unwrap() += 1;
        Ok(())
    }
}

#[async_trait]
impl FindUsers for Ports {
    async fn unknown_users(&self, _: &[UserId]) -> feed::Result<Vec<UserId>> {
        Ok(Vec::new())
    }

    async fn all_users(&self, _: usize) -> feed::Result<Option<Vec<UserId>>> {
        Ok(None)
    }
}

#[async_trait]
impl PushMessages for Ports {
    async fn push(&self, _: &ConnectionId, body: &[u8], _: Duration) -> Result<(), PushError> {
        self.posted
            .lock()
            .unwrap()
            .push(serde_json::from_slice(body).unwrap());
        Ok(())
    }

    async fn disconnect(&self, _: &ConnectionId) -> Result<(), PushError> {
        self.posted.lock().unwrap().push(json!("disconnected"));
        Ok(())
    }
}

/// A real event, with this body.
fn event(body: Option<&str>) -> Event {
    let fixture = include_str!("../../../../crates/api/fixtures/ws-message.json");
    let mut event: Event = serde_json::from_str(fixture).unwrap();
    assert_eq!(
        event.request_context.connection_id.as_deref(),
        Some("TWegAcC4EowCHnA=")
    );
    event.body = body.map(str::to_owned);
    event
}

/// What was posted, and the response.
async fn answer(event: Event) -> (Vec<Value>, Value) {
    let ports = Arc::new(Ports::default());
    let session = Session::new(
        SessionPorts {
            clock: ports.clone(),
            tokens: ports.clone(),
            connections: ports.clone(),
            subscriptions: ports.clone(),
            audience: ports.clone(),
            users: ports.clone(),
            replies: Arc::new(PushReplies {
                push: ports.clone(),
            }),
        },
        PriceModel::new(&[7; 32]),
        10,
    );
    let control = Control::new(ControlPorts {
        clock: ports.clone(),
        tokens: ports.clone(),
        connections: ports.clone(),
        subscriptions: ports.clone(),
        audience: ports.clone(),
        push: ports.clone(),
        encode: Arc::new(ControlFrames),
    });
    let handler = WsMessage {
        connections: ports.clone(),
        session,
        control,
    };
    let id = connection_id(&event).unwrap();
    let response = serde_json::to_value(handler.receive(id, event).await).unwrap();
    assert_eq!(response["statusCode"], 200);
    let posted = ports.posted.lock().unwrap().clone();
    (posted, response)
}

fn body(response: &Value) -> Value {
    serde_json::from_str(response["body"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn one_reply_is_the_response_of_the_route() {
    let (posted, response) = answer(event(Some(r#"{"op":"ping","id":"1"}"#))).await;
    assert_eq!(posted, Vec::<Value>::new());
    assert_eq!(
        body(&response),
        json!({"type": "pong", "id": "1", "at": "2026-01-01T00:00:00Z"})
    );
}

#[tokio::test]
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

#[tokio::test]
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

#[tokio::test]
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

#[tokio::test]
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
        assert_eq!(response, json!({"statusCode": 200}));
    }
}

#[tokio::test]
async fn what_is_said_tells_the_protocol_where_nothing_else_can() {
    let ping = r#"{"type":"ping"}"#;
    for (connection, message, posted, answered) in [
        ("unknown", ping, Some("error"), None),
        ("unknown", r#"{"op":"ping"}"#, Some("bye"), None),
        ("broken", ping, None, None),
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

#[tokio::test]
async fn the_last_message_of_a_long_reply_is_not_posted() {
    let ports = Arc::new(Ports::default());
    let replies = PushReplies {
        push: ports.clone(),
    };
    let price = Price::from_cents(10_120).unwrap();
    let prices = (0..2_000).map(|n: u64| {
        let user = UserId::parse(&format!("019b76da-a800-7000-8000-{n:012}"));
        (user.unwrap(), price)
    });
    let prices = TickPrices {
        tick: Tick(7),
        prices: prices.collect(),
    };
    let reply = Reply::Snapshot {
        id: SubscriptionId::parse("s").unwrap(),
        prices,
    };
    let connection = ConnectionId("c".into());
    let last = replies.send_all_but_last(&connection, &reply).await;
    let Message(last) = last.unwrap().expect("a last message");
    let posted = ports.posted.lock().unwrap().clone();
    assert_eq!(posted.len(), 3);
    assert!(posted.iter().all(|message| message["more"] == true));
    assert!(!last.contains("more"));
    replies.send(&connection, &reply).await.unwrap();
    assert_eq!(ports.posted.lock().unwrap().len(), 3 + 4);
}
