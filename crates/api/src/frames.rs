//! Frames of both protocols, as their clients read them.

use bytes::Bytes;
use domain::Tick;
use domain::market::Summary;
use feed::session::{SubscriptionId, TickPrices};
use feed::{EncodeFrames, Frame, LiveEvent, MessageError, Newcomer, Refusal, Reply, Violation};
use serde::Serialize;
use serde_json::json;

use crate::feed::{code, encode};

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

impl Extensions {
    fn of(violation: &Violation) -> Self {
        Self {
            code: violation.code().to_owned(),
            close_code: Some(violation.close_code()),
        }
    }
}

/// Whether the client is still there.
#[must_use]
pub fn ping() -> Frame {
    Frame::new(r#"{"type":"ping"}"#)
}

/// That a GraphQL connection is closed which was never initialised. A client that waits for the acknowledgement takes no error
/// before it, but shows what a ping holds; then it connects again, which may be faster.
#[must_use]
pub(crate) fn timed_out() -> Frame {
    let violation = Violation::InitialisationTimeout;
    let payload = WireError {
        message: violation.to_string(),
        extensions: Extensions::of(&violation),
    };
    Frame::new(json!({"type": "ping", "payload": payload}).to_string())
}

/// The wire formats of the raw feed and of `graphql-transport-ws`.
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonFrames;

impl EncodeFrames for JsonFrames {
    fn prices(&self, ticks: &[TickPrices], resume: Option<Tick>) -> Vec<Frame> {
        encode::prices(ticks, resume)
    }

    fn market(&self, summaries: &[&Summary]) -> Vec<Frame> {
        encode::market(summaries)
    }

    fn registrations(&self, newcomers: &[Newcomer]) -> Vec<Frame> {
        encode::registrations(newcomers)
    }

    fn user_event(&self, event: &LiveEvent) -> Option<Frame> {
        encode::user_event(event)
    }

    fn reply(&self, reply: &Reply) -> Vec<Frame> {
        encode::reply(reply)
    }

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

    fn connection_ack(&self) -> Frame {
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

    fn violation(&self, error: &MessageError<Violation>) -> Frame {
        let violation = &error.reason;
        let id = error.id.as_deref().unwrap_or(CONNECTION);
        refusal_frame(id, violation.to_string(), Extensions::of(violation))
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
mod tests;
