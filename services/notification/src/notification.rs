//! A notification, once it is known to be valid, and what is kept of it.

use std::fmt::{self, Write as _};

use aws_lc_rs::digest::{SHA256, digest};
use domain::user::{Email, Phone};

use crate::content::Content;

/// The caller's name for a notification: 1 to 128 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key(String);

/// The text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an idempotency key: expected 1 to 128 visible ASCII characters")]
pub(crate) struct KeyError;

impl Key {
    const MAX_CHARS: usize = 128;

    pub(crate) fn parse(text: &str) -> Result<Self, KeyError> {
        let fits = (1..=Self::MAX_CHARS).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(KeyError)
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The key in the letters that providers accept in a tag.
    pub(crate) fn tag(&self) -> String {
        hex(self.0.as_bytes())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Email,
    Sms,
}

/// Whom to tell. It has no `Debug`, so that no log shows it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Recipient {
    Email(Email),
    Phone(Phone),
}

impl Recipient {
    pub(crate) fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Email,
            Self::Phone(_) => Channel::Sms,
        }
    }

    /// What recipients are counted by: a digest, so that whoever looks at the table reads no address or number.
    pub(crate) fn digest(&self) -> String {
        match self {
            Self::Email(email) => hex(email.key().as_bytes()),
            Self::Phone(phone) => hex(phone.as_str().as_bytes()),
        }
    }
}

/// A notification to be sent.
pub(crate) struct Order {
    pub(crate) key: Key,
    pub(crate) recipient: Recipient,
    pub(crate) content: Content,
    /// A digest of the request: a key goes with one request only.
    pub(crate) fingerprint: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Pending,
    Sent { at_ms: u64, message_id: String },
    Refused,
}

/// What is kept of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) key: Key,
    pub(crate) channel: Channel,
    pub(crate) created_ms: u64,
    pub(crate) state: State,
}

/// The SHA-256 of some bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digest = digest(&SHA256, bytes);
    digest.as_ref().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("BUG: a string takes everything");
        hex
    })
}

#[cfg(test)]
mod tests;
