//! A message, whatever its channel.

use indexmap::IndexMap;
use serde::Serialize;

/// The channel of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// By email.
    Email,
    /// By text message.
    Sms,
}

/// A message as its recipient would get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Its channel.
    pub kind: Channel,
    /// The recipient.
    pub to: String,
    /// The sender, where there is one.
    pub from: Option<String>,
    /// Of an email.
    pub subject: Option<String>,
    /// The plain text.
    pub text: Option<String>,
    /// The same in HTML.
    pub html: Option<String>,
    /// Tags of an email, attributes of a text message.
    pub attributes: IndexMap<String, String>,
}

impl Message {
    /// Whether another message has the same content and recipient.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.to == other.to
            && self.kind == other.kind
            && self.subject == other.subject
            && self.text == other.text
            && self.html == other.html
    }
}
