use feed::operations::{ControlMessage, OperationMessage};
use feed::session::{MAX_ID_CHARS, MAX_OPERATION_BYTES, SubscriptionId};
use feed::{MessageError, Violation};
use serde_json::{Map, Value};

use crate::graphql::{GraphqlRequest, Malformed, parameters};

/// Reads a message that is not `subscribe`; `None` is a message without text.
///
/// # Errors
/// What the protocol doesn't allow about it.
pub fn decode_control(body: Option<&str>) -> Result<ControlMessage, MessageError<Violation>> {
    let mut fields = parse(body)?;
    let kind = kind(&mut fields)?;
    match kind.as_str() {
        "connection_init" => Ok(ControlMessage::Initialise {
            token: token(payload(&mut fields)?)?,
        }),
        "ping" => Ok(ControlMessage::Ping {
            payload: payload(&mut fields)?.map(|payload| Value::Object(payload).to_string()),
        }),
        "pong" => payload(&mut fields).map(|_| ControlMessage::Pong),
        "complete" => Ok(ControlMessage::Complete {
            id: id(&mut fields)?,
        }),
        "connection_ack" | "next" | "error" => Err(bad(format!("{kind} is the server's to send"))),
        _ => {
            let shown: String = kind.chars().take(MAX_ID_CHARS).collect();
            Err(bad(format!("there is no message of type {shown:?}")))
        }
    }
}

/// What a `subscribe` message asks for, or why nothing can be executed for it although the protocol allows it.
pub type SubscribePayload = Result<GraphqlRequest, Malformed>;

/// Reads a `subscribe` message.
///
/// # Errors
/// What the protocol doesn't allow about it.
pub fn decode_subscribe(
    body: Option<&str>,
) -> Result<OperationMessage<SubscribePayload>, MessageError<Violation>> {
    let mut fields = parse(body)?;
    if kind(&mut fields)? != "subscribe" {
        return Err(bad("expected subscribe"));
    }
    let id = id(&mut fields)?;
    let request = payload(&mut fields)
        .and_then(|payload| payload.ok_or_else(|| bad("subscribe needs a payload")))
        .and_then(|payload| match parameters(payload) {
            Ok(request) => Ok(Ok(request)),
            // Whoever sends these knows what to do then.
            Err(malformed @ Malformed::PersistedQuery) => Ok(Err(malformed)),
            Err(malformed) => Err(bad(malformed.to_string())),
        });
    match request {
        Ok(request) => Ok(OperationMessage { id, request }),
        Err(error) => Err(MessageError {
            id: Some(id.to_string()),
            ..error
        }),
    }
}

fn parse(body: Option<&str>) -> Result<Map<String, Value>, MessageError<Violation>> {
    let body = body.unwrap_or_default();
    if body.len() > MAX_OPERATION_BYTES {
        return Err(Violation::MessageTooLarge.into());
    }
    match serde_json::from_str(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(bad("a message is a JSON object with a type")),
        Err(error) => Err(bad(format!("not JSON: {error}"))),
    }
}

fn kind(fields: &mut Map<String, Value>) -> Result<String, MessageError<Violation>> {
    match fields.remove("type") {
        Some(Value::String(kind)) => Ok(kind),
        Some(_) => Err(bad("type must be a string")),
        None => Err(bad("type is missing")),
    }
}

fn id(fields: &mut Map<String, Value>) -> Result<SubscriptionId, MessageError<Violation>> {
    match fields.remove("id") {
        Some(Value::String(id)) => {
            SubscriptionId::parse(&id).map_err(|refusal| bad(refusal.to_string()))
        }
        Some(_) => Err(bad("id must be a string")),
        None => Err(bad("id is missing")),
    }
}

fn payload(
    fields: &mut Map<String, Value>,
) -> Result<Option<Map<String, Value>>, MessageError<Violation>> {
    match fields.remove("payload") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(payload)) => Ok(Some(payload)),
        Some(_) => Err(bad("payload must be an object")),
    }
}

/// The access token of `connection_init`: `Authorization` as HTTP has it, in whatever case, or `token` alone.
fn token(payload: Option<Map<String, Value>>) -> Result<Option<String>, MessageError<Violation>> {
    let named = |name: &str| {
        let name = name.to_ascii_lowercase();
        name == "authorization" || name == "token"
    };
    let found = payload
        .into_iter()
        .flatten()
        .find(|(name, value)| named(name) && !value.is_null());
    let Some((name, value)) = found else {
        return Ok(None);
    };
    let Value::String(text) = value else {
        return Err(bad(format!("{name} must be a string")));
    };
    let text = text.trim();
    let token = match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        None if name.eq_ignore_ascii_case("token") => text,
        _ => return Ok(None),
    };
    Ok((!token.is_empty()).then(|| token.to_owned()))
}

fn bad(message: impl Into<String>) -> MessageError<Violation> {
    Violation::BadMessage(message.into()).into()
}
