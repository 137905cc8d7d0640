use domain::{Tick, UserId};
use feed::session::{
    FeedMessage, MAX_ID_CHARS, MAX_MESSAGE_BYTES, SubscriptionId, SubscriptionRequest, Watch,
};
use feed::{MessageError, Refusal};
use serde_json::{Map, Value};

/// Reads one message of a client; `None` is a message without text.
///
/// # Errors
/// [`MessageError`] with what is wrong, and with the message's id where one could be read.
pub fn decode(body: Option<&str>) -> Result<FeedMessage, MessageError<Refusal>> {
    let mut fields = parse(body.unwrap_or_default())?;
    let id = fields.get("id").and_then(Value::as_str);
    let id = id
        .filter(|id| id.chars().count() <= MAX_ID_CHARS)
        .map(str::to_owned);
    request(&mut fields).map_err(|reason| MessageError { id, reason })
}

fn parse(body: &str) -> Result<Map<String, Value>, Refusal> {
    if body.len() > MAX_MESSAGE_BYTES {
        return Err(Refusal::MessageTooLarge);
    }
    match serde_json::from_str(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(bad("a message is a JSON object with an op")),
        Err(error) => Err(bad(format!("not JSON: {error}"))),
    }
}

fn request(fields: &mut Map<String, Value>) -> Result<FeedMessage, Refusal> {
    let op = text(fields, "op")?;
    let request = match op.as_str() {
        "auth" => FeedMessage::Auth {
            token: text(fields, "token")?,
        },
        "subscribe" => FeedMessage::Subscribe(subscribe(fields)?),
        "unsubscribe" => FeedMessage::Unsubscribe {
            id: SubscriptionId::parse(&text(fields, "id")?)?,
        },
        "list" => FeedMessage::List,
        "ping" => FeedMessage::Ping {
            id: ping_id(fields)?,
        },
        _ => return Err(Refusal::UnknownOp(op.chars().take(MAX_ID_CHARS).collect())),
    };
    match fields.keys().next() {
        None => Ok(request),
        Some(name) => Err(bad(format!("{op} has no field {name:?}"))),
    }
}

fn subscribe(fields: &mut Map<String, Value>) -> Result<SubscriptionRequest, Refusal> {
    let id = SubscriptionId::parse(&text(fields, "id")?)?;
    let watch = watch(fields.remove("users"))?;
    let since = whole_number(fields, "since")?.map(Tick);
    let every = whole_number(fields, "every")?;
    SubscriptionRequest::new(id, watch, since, every)
}

fn watch(users: Option<Value>) -> Result<Watch, Refusal> {
    match users {
        Some(Value::Array(users)) => {
            Watch::users(users.iter().map(user).collect::<Result<_, _>>()?)
        }
        Some(Value::String(keyword)) => match keyword.as_str() {
            "me" => Ok(Watch::Me),
            "market" => Ok(Watch::Market),
            "*" => Ok(Watch::Everyone),
            "registrations" => Ok(Watch::Registrations),
            _ => Err(Refusal::InvalidSubscription(
                "users must be \"me\", \"market\", \"*\", \"registrations\" or an array of user ids"
                    .to_owned(),
            )),
        },
        Some(_) => Err(bad("users must be a string or an array of user ids")),
        None => Err(bad("users is missing")),
    }
}

fn user(value: &Value) -> Result<UserId, Refusal> {
    let text = value
        .as_str()
        .ok_or_else(|| bad("users must hold user ids as strings"))?;
    UserId::parse(text).map_err(|error| {
        let shown: String = text.chars().take(MAX_ID_CHARS).collect();
        Refusal::InvalidSubscription(format!("{shown:?} is {error}"))
    })
}

fn ping_id(fields: &mut Map<String, Value>) -> Result<Option<String>, Refusal> {
    if fields.get("id").is_none_or(Value::is_null) {
        fields.remove("id");
        return Ok(None);
    }
    let id = text(fields, "id")?;
    if id.chars().count() > MAX_ID_CHARS {
        return Err(bad(format!(
            "id must have at most {MAX_ID_CHARS} characters"
        )));
    }
    Ok(Some(id))
}

fn text(fields: &mut Map<String, Value>, name: &str) -> Result<String, Refusal> {
    match fields.remove(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(bad(format!("{name} must be a string"))),
        None => Err(bad(format!("{name} is missing"))),
    }
}

fn whole_number(fields: &mut Map<String, Value>, name: &str) -> Result<Option<u64>, Refusal> {
    match fields.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(number) => Ok(Some(number)),
            None => Err(bad(format!("{name} must be a whole number"))),
        },
    }
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::BadMessage(message.into())
}
