use feed::operations::{EncodeControl, Violated};
use feed::session::{Message, Refusal, SubscriptionId};
use serde::Serialize;

use crate::feed::code;

/// What stands for the id in an error that is about the connection.
const CONNECTION: &str = "connection";

/// The server's messages that are not results.
#[derive(Debug, Clone, Copy, Default)]
pub struct ControlFrames;

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

/// Whether anybody is there.
#[must_use]
pub fn ping() -> Message {
    Message(r#"{"type":"ping"}"#.to_owned())
}

impl EncodeControl for ControlFrames {
    fn acknowledged(&self) -> Message {
        Message(r#"{"type":"connection_ack"}"#.to_owned())
    }

    fn pong(&self, payload: Option<&str>) -> Message {
        Message(match payload {
            None => r#"{"type":"pong"}"#.to_owned(),
            Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#),
        })
    }

    fn complete(&self, id: &SubscriptionId) -> Message {
        Message(serde_json::json!({"id": id.as_str(), "type": "complete"}).to_string())
    }

    fn refused(&self, id: &SubscriptionId, refusal: &Refusal) -> Message {
        let extensions = Extensions {
            code: code(refusal).to_ascii_uppercase(),
            close_code: None,
        };
        error(id.as_str(), refusal.to_string(), extensions)
    }

    fn violated(&self, Violated { id, violation }: &Violated) -> Message {
        let extensions = Extensions {
            code: violation.code().to_owned(),
            close_code: Some(violation.close_code()),
        };
        let id = id.as_deref().unwrap_or(CONNECTION);
        error(id, violation.to_string(), extensions)
    }
}

fn error(id: &str, message: String, extensions: Extensions) -> Message {
    let error = ErrorMessage {
        id,
        r#type: "error",
        payload: [WireError {
            message,
            extensions,
        }],
    };
    Message(serde_json::to_string(&error).expect("BUG: plain strings always serialise"))
}
