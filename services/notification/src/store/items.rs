//! Items of the notifications table.

use std::collections::HashMap;
use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::error::{Error, Result};
use crate::notification::{Channel, Key, Record, State};

type Item = HashMap<String, AttributeValue>;

/// A notification's item.
pub(super) struct Stored {
    pub(super) record: Record,
    pub(super) fingerprint: String,
    /// 0 where nobody sends it.
    pub(super) lease_until_ms: u64,
}

impl Stored {
    pub(super) fn read(key: &Key, item: Option<&Item>) -> Result<Self> {
        item.and_then(|item| read(key, item))
            .ok_or_else(|| Error::Internal {
                what: "reading a stored notification",
                source: "an attribute is missing or not what it should be".into(),
            })
    }
}

fn read(key: &Key, item: &Item) -> Option<Stored> {
    let string = |name: &str| item.get(name)?.as_s().ok().map(String::as_str);
    let integer = |name: &str| item.get(name)?.as_n().ok()?.parse::<u64>().ok();
    let (state, lease_until_ms) = match string("state")? {
        "pending" => (State::Pending, integer("lease_until_ms")?),
        "sent" => {
            let sent = State::Sent {
                at_ms: integer("sent_ms")?,
                message_id: string("message_id")?.to_owned(),
            };
            (sent, 0)
        }
        "refused" => (State::Refused, 0),
        _ => return None,
    };
    let channel = [Channel::Email, Channel::Sms]
        .into_iter()
        .find(|channel| Some(channel_name(*channel)) == string("channel"))?;
    Some(Stored {
        record: Record {
            key: key.clone(),
            channel,
            created_ms: integer("created_ms")?,
            state,
        },
        fingerprint: string("fingerprint")?.to_owned(),
        lease_until_ms,
    })
}

pub(super) fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
    }
}

pub(super) fn key_of(key: &Key) -> String {
    format!("notification#{key}")
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
