use feed::operations::ControlMessage;
use feed::session::{MAX_OPERATION_BYTES, SubscriptionId};
use feed::{EncodeFrames as _, Frame, MessageError, Refusal, Violation};
use serde_json::{Value, json};

use super::*;
use crate::frames::JsonFrames;
use crate::graphql::{GraphqlRequest, Malformed};

fn id(text: &str) -> SubscriptionId {
    SubscriptionId::parse(text).unwrap()
}

fn value(frame: Frame) -> Value {
    serde_json::from_slice(&frame.body()).unwrap()
}

fn initialise(token: Option<&str>) -> ControlMessage {
    let token = token.map(str::to_owned);
    ControlMessage::Initialise { token }
}

#[test]
fn control_messages_are_read() {
    let ping = |payload: Option<&str>| ControlMessage::Ping {
        payload: payload.map(str::to_owned),
    };
    for (message, expected) in [
        (json!({"type": "connection_init"}), initialise(None)),
        (
            json!({"type": "connection_init", "payload": null}),
            initialise(None),
        ),
        (
            json!({"type": "connection_init", "payload": {}}),
            initialise(None),
        ),
        (
            json!({"type": "connection_init", "payload": {"Authorization": "Bearer t"}}),
            initialise(Some("t")),
        ),
        (
            json!({"type": "connection_init", "payload": {"authorization": "bearer  t "}}),
            initialise(Some("t")),
        ),
        (
            json!({"type": "connection_init", "payload": {"lang": "de", "token": "t"}}),
            initialise(Some("t")),
        ),
        (
            json!({"type": "connection_init", "payload": {"Authorization": "t"}}),
            initialise(None),
        ),
        (json!({"type": "ping"}), ping(None)),
        (
            json!({"type": "ping", "payload": {"a": [1]}}),
            ping(Some(r#"{"a":[1]}"#)),
        ),
        (json!({"type": "pong", "payload": {}}), ControlMessage::Pong),
        (
            json!({"type": "complete", "id": "1", "more": true}),
            ControlMessage::Complete { id: id("1") },
        ),
    ] {
        let text = message.to_string();
        assert_eq!(decode_control(Some(&text)), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_no_message_of_a_client_is_bad() {
    for message in [
        "",
        "no JSON",
        "[]",
        "7",
        "{}",
        r#"{"type":7}"#,
        r#"{"type":"start","id":"1"}"#,
        r#"{"type":"connection_ack"}"#,
        r#"{"type":"next","id":"1","payload":{}}"#,
        r#"{"type":"error","id":"1","payload":[]}"#,
        r#"{"type":"complete"}"#,
        r#"{"type":"complete","id":""}"#,
        r#"{"type":"complete","id":7}"#,
        r#"{"type":"ping","payload":"x"}"#,
        r#"{"type":"connection_init","payload":[]}"#,
        r#"{"type":"connection_init","payload":{"Authorization":7}}"#,
    ] {
        let error = decode_control(Some(message)).unwrap_err();
        let is_bad = matches!(error.reason, Violation::BadMessage(_));
        assert!(is_bad, "{message}: {error:?}");
    }
    assert!(decode_control(None).is_err());
    let long = format!(r#"{{"type":"ping"{}}}"#, " ".repeat(MAX_OPERATION_BYTES));
    assert_eq!(
        decode_control(Some(&long)),
        Err(Violation::MessageTooLarge.into())
    );
}

#[test]
fn an_operation_is_read_with_its_parameters() {
    let message = json!({"type": "subscribe", "id": "1", "payload": {
        "query": "{ me { id } }", "operationName": null, "variables": {"a": 1}, "extensions": {},
    }});
    let read = decode_subscribe(Some(&message.to_string())).unwrap();
    assert_eq!(read.id, id("1"));
    let variables = json!({"a": 1}).as_object().unwrap().clone();
    assert_eq!(
        read.request,
        Ok(GraphqlRequest {
            query: "{ me { id } }".to_owned(),
            variables,
            ..GraphqlRequest::default()
        })
    );
}

#[test]
fn a_persisted_query_is_for_its_operation_to_refuse() {
    let message = json!({"type": "subscribe", "id": "1", "payload": {
        "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "ab"}},
    }});
    let read = decode_subscribe(Some(&message.to_string())).unwrap();
    assert_eq!(read.request, Err(Malformed::PersistedQuery));
}

#[test]
fn an_operation_that_can_not_be_read_is_bad_under_its_id() {
    for (message, about) in [
        (json!({"type": "subscribe"}), None),
        (json!({"type": "subscribe", "id": ""}), None),
        (json!({"type": "subscribe", "id": "1"}), Some("1")),
        (
            json!({"type": "subscribe", "id": "1", "payload": "x"}),
            Some("1"),
        ),
        (
            json!({"type": "subscribe", "id": "1", "payload": {}}),
            Some("1"),
        ),
        (
            json!({"type": "subscribe", "id": "1", "payload": {"query": 7}}),
            Some("1"),
        ),
        (
            json!({"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": 7}}),
            Some("1"),
        ),
    ] {
        let error = decode_subscribe(Some(&message.to_string())).unwrap_err();
        assert_eq!(error.reason.close_code(), 4400, "{message}");
        assert_eq!(error.id.as_deref(), about, "{message}");
    }
}

#[test]
fn replies_are_those_of_the_protocol() {
    let frames = JsonFrames;
    assert_eq!(
        value(frames.connection_ack()),
        json!({"type": "connection_ack"})
    );
    assert_eq!(value(ping()), json!({"type": "ping"}));
    assert_eq!(value(frames.pong(None)), json!({"type": "pong"}));
    assert_eq!(
        value(frames.pong(Some(r#"{"a":1}"#))),
        json!({"type": "pong", "payload": {"a": 1}})
    );
    assert_eq!(
        value(frames.complete(&id("\"1"))),
        json!({"id": "\"1", "type": "complete"})
    );
    assert_eq!(
        value(frames.refused(&id("1"), &Refusal::RateLimited)),
        json!({"id": "1", "type": "error", "payload": [{
            "message": "at most 50 messages in 5 seconds are accepted: slow down",
            "extensions": {"code": "RATE_LIMITED"},
        }]})
    );
}

#[test]
fn a_violation_carries_the_code_that_the_protocol_closes_with() {
    let codes = |violation: Violation| {
        let message = value(JsonFrames.violation(&violation.into()));
        assert_eq!(message["id"], "connection");
        message["payload"][0]["extensions"]["closeCode"].as_u64()
    };
    assert_eq!(codes(Violation::BadMessage(String::new())), Some(4400));
    assert_eq!(codes(Violation::Unauthorized), Some(4401));
    assert_eq!(codes(Violation::Forbidden("")), Some(4403));
    assert_eq!(codes(Violation::InitialisationTimeout), Some(4408));
    assert_eq!(codes(Violation::TooManyInitialisations), Some(4429));
    let exists = MessageError {
        id: Some("1".to_owned()),
        reason: Violation::SubscriberExists("1".to_owned()),
    };
    assert_eq!(
        value(JsonFrames.violation(&exists)),
        json!({"id": "1", "type": "error", "payload": [{
            "message": "Subscriber for 1 already exists",
            "extensions": {"code": "SUBSCRIBER_ALREADY_EXISTS", "closeCode": 4409},
        }]})
    );
}
