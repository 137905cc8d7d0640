use bytes::Bytes;
use feed::session::SubscriptionId;
use feed::{EncodeOperations, Frame, Refusal, Violated};
use serde::Serialize;
use serde_json::json;

use crate::feed::code;

/// What stands for the id in an error that is about the connection.
const CONNECTION: &str = "connection";

#[derive(Serialize)]
struct ErrorMessage<'a> {
    id: &'a str,
    r#type: &'static str,
    payload: [WireError; 1],
}

#[derive(Serialize)]
struct WireError {
    message: String,
    extensions: Extensions,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    close_code: Option<u16>,
}

/// Whether the client is still there.
#[must_use]
pub fn ping() -> Frame {
    Frame::new(r#"{"type":"ping"}"#)
}

/// The wire format of `graphql-transport-ws`.
#[derive(Debug, Clone, Copy, Default)]
pub struct OperationFrames;

impl EncodeOperations for OperationFrames {
    fn next(&self, id: &SubscriptionId, result: &Bytes) -> Frame {
        with_payload(id, "next", result.clone())
    }

    fn error(&self, id: &SubscriptionId, errors: &Bytes) -> Frame {
        with_payload(id, "error", errors.clone())
    }

    fn lost(&self, id: &SubscriptionId) -> Frame {
        let message = "The operation is not known any more: subscribe again.";
        failed(id, message, "UNAVAILABLE")
    }

    fn expired(&self, id: &SubscriptionId) -> Vec<Frame> {
        let message = "The access token has expired.";
        vec![failed(id, message, "UNAUTHENTICATED"), self.complete(id)]
    }

    fn acknowledged(&self) -> Frame {
        Frame::new(r#"{"type":"connection_ack"}"#.to_owned())
    }

    fn pong(&self, payload: Option<&str>) -> Frame {
        Frame::new(match payload {
            None => r#"{"type":"pong"}"#.to_owned(),
            Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#),
        })
    }

    fn complete(&self, id: &SubscriptionId) -> Frame {
        Frame::new(json!({"id": id.as_str(), "type": "complete"}).to_string())
    }

    fn refused(&self, id: &SubscriptionId, refusal: &Refusal) -> Frame {
        let extensions = Extensions {
            code: code(refusal).to_ascii_uppercase(),
            close_code: None,
        };
        refusal_frame(id.as_str(), refusal.to_string(), extensions)
    }

    fn violated(&self, Violated { id, violation }: &Violated) -> Frame {
        let extensions = Extensions {
            code: violation.code().to_owned(),
            close_code: Some(violation.close_code()),
        };
        let id = id.as_deref().unwrap_or(CONNECTION);
        refusal_frame(id, violation.to_string(), extensions)
    }
}

fn failed(id: &SubscriptionId, message: &str, code: &str) -> Frame {
    let errors = json!([{"message": message, "extensions": {"code": code}}]);
    with_payload(id, "error", errors.to_string().into())
}

/// The payload is shared by all who get the same, so it is not copied until it is sent.
fn with_payload(id: &SubscriptionId, kind: &str, payload: Bytes) -> Frame {
    let id = json!(id.as_str());
    let head = format!(r#"{{"id":{id},"type":"{kind}","payload":"#);
    Frame::wrapped(head, payload, b"}")
}

fn refusal_frame(id: &str, message: String, extensions: Extensions) -> Frame {
    let error = ErrorMessage {
        id,
        r#type: "error",
        payload: [WireError {
            message,
            extensions,
        }],
    };
    Frame::new(serde_json::to_string(&error).expect("BUG: plain strings always serialise"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn id(text: &str) -> SubscriptionId {
        SubscriptionId::parse(text).unwrap()
    }

    fn read(frame: &Frame) -> Value {
        serde_json::from_slice(&frame.body()).unwrap()
    }

    #[test]
    fn a_result_stands_under_the_id_of_its_subscription() {
        let result = Bytes::from_static(br#"{"data":{"onMarket":{"tick":"1"}}}"#);
        let frame = OperationFrames.next(&id("7"), &result);
        let expected = r#"{"id":"7","type":"next","payload":{"data":{"onMarket":{"tick":"1"}}}}"#;
        assert_eq!(frame.body(), expected);
        assert_eq!(frame.size(), expected.len());
    }

    #[test]
    fn each_end_says_why() {
        let errors = Bytes::from_static(br#"[{"message":"no"}]"#);
        let expected = r#"{"id":"7","type":"error","payload":[{"message":"no"}]}"#;
        assert_eq!(OperationFrames.error(&id("7"), &errors).body(), expected);

        let code = |frame: &Frame| {
            let frame = read(frame);
            assert_eq!(
                (&frame["id"], &frame["type"]),
                (&json!("7"), &json!("error"))
            );
            assert!(frame["payload"][0]["message"].is_string(), "{frame}");
            frame["payload"][0]["extensions"]["code"].clone()
        };
        assert_eq!(code(&OperationFrames.lost(&id("7"))), "UNAVAILABLE");
        let expired = OperationFrames.expired(&id("7"));
        assert_eq!(code(&expired[0]), "UNAUTHENTICATED");
        assert_eq!(read(&expired[1]), json!({"id": "7", "type": "complete"}));
        assert_eq!(expired.len(), 2);
    }

    proptest! {
        #[test]
        fn whatever_the_id_it_is_read_as_it_was_written(text in "[^\\p{Cc}]{1,64}") {
            let frame = read(&OperationFrames.next(&id(&text), &Bytes::from_static(b"{}")));
            prop_assert_eq!(frame, json!({"id": text, "type": "next", "payload": {}}));
        }
    }
}
