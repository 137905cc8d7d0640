//! Items of the notifications table.

use dynamodb::{Item, text};
use serde::Deserialize;

use crate::error::Result;
use crate::notification::{Channel, Key, Record, State};

/// A notification's item.
pub(super) struct Stored {
    pub(super) record: Record,
    pub(super) fingerprint: String,
    /// 0 where nobody sends it.
    pub(super) lease_until_ms: u64,
}

#[derive(Deserialize)]
struct NotificationItem {
    channel: ChannelName,
    fingerprint: String,
    created_ms: u64,
    #[serde(flatten)]
    state: StoredState,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ChannelName {
    Email,
    Sms,
}

#[derive(Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
enum StoredState {
    Pending { lease_until_ms: u64 },
    Sent { sent_ms: u64, message_id: String },
    Refused,
}

impl Stored {
    pub(super) fn read(key: &Key, item: Item) -> Result<Self> {
        let item: NotificationItem = dynamodb::read("reading a stored notification", item)?;
        let (state, lease_until_ms) = match item.state {
            StoredState::Pending { lease_until_ms } => (State::Pending, lease_until_ms),
            StoredState::Sent {
                sent_ms: at_ms,
                message_id,
            } => (State::Sent { at_ms, message_id }, 0),
            StoredState::Refused => (State::Refused, 0),
        };
        Ok(Self {
            record: Record {
                key: key.clone(),
                channel: match item.channel {
                    ChannelName::Email => Channel::Email,
                    ChannelName::Sms => Channel::Sms,
                },
                created_ms: item.created_ms,
                state,
            },
            fingerprint: item.fingerprint,
            lease_until_ms,
        })
    }
}

pub(super) fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
    }
}

pub(super) fn key_of(key: &Key) -> Item {
    Item::from([("pk".to_owned(), text(format!("notification#{key}")))])
}

#[cfg(test)]
mod tests;
