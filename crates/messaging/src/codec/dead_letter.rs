use aws_lc_rs::digest::{SHA256, digest};
use rdkafka::message::{Header, OwnedHeaders};

use super::Topic;

/// Of a reason, which may quote the record, that much is kept.
const MAX_REASON_BYTES: usize = 1_000;

/// A record that can't be used, on its way to `dead.letter`: key and value as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The record's key.
    pub key: Option<Vec<u8>>,
    /// The record's value.
    pub value: Option<Vec<u8>>,
    /// The topic that it came from.
    pub source_topic: String,
    /// Its partition there.
    pub source_partition: i32,
    /// Its offset there.
    pub source_offset: i64,
    /// Why it can't be used.
    pub reason: String,
    /// The function that gives it up.
    pub failed_function: String,
}

/// A dead letter as a record of limited size.
#[derive(Debug)]
pub(crate) struct LimitedLetter<'a> {
    /// The key, or how it begins.
    pub key: Option<&'a [u8]>,
    /// The value, or how it begins.
    pub value: Option<&'a [u8]>,
    /// All values are UTF-8 text.
    pub headers: OwnedHeaders,
}

impl DeadLetter {
    /// Its topic.
    pub const TOPIC: Topic = Topic("dead.letter");

    /// The reason as it is published and logged: how it begins, should it quote a large record.
    #[must_use]
    pub fn short_reason(&self) -> &str {
        &self.reason[..self.reason.floor_char_boundary(MAX_REASON_BYTES)]
    }

    /// Whether it is whole in a record batch of `max_bytes`.
    pub(crate) fn fits(&self, max_bytes: usize) -> bool {
        let bytes = length(self.key.as_deref()) + length(self.value.as_deref());
        bytes <= room(&self.headers(), max_bytes)
    }

    /// Cut down to a record batch of `max_bytes`, if need be: then headers say how large key and value were, and their
    /// SHA-256.
    pub(crate) fn limited_to(&self, max_bytes: usize) -> LimitedLetter<'_> {
        let (key, value) = (self.key.as_deref(), self.value.as_deref());
        let mut headers = self.headers();
        if !self.fits(max_bytes) {
            headers.extend(self.sizes());
        }
        // Each may have half of the room, and what the other leaves.
        let room = room(&headers, max_bytes);
        let key_room = (room / 2).max(room.saturating_sub(length(value)));
        let key = key.map(|key| beginning(key, key_room));
        let value = value.map(|value| beginning(value, room - length(key)));
        LimitedLetter {
            key,
            value,
            headers: owned(&headers),
        }
    }

    /// How large key and value are, and their SHA-256.
    fn sizes(&self) -> Vec<(String, String)> {
        let mut sizes = Vec::new();
        for (name, bytes) in [("key", &self.key), ("value", &self.value)] {
            if let Some(bytes) = bytes {
                sizes.push((format!("source-{name}-bytes"), bytes.len().to_string()));
                sizes.push((format!("source-{name}-sha256"), sha256(bytes)));
            }
        }
        sizes
    }

    fn headers(&self) -> Vec<(String, String)> {
        [
            ("dead-letter-reason", self.short_reason().to_owned()),
            ("source-topic", self.source_topic.clone()),
            ("source-partition", self.source_partition.to_string()),
            ("source-offset", self.source_offset.to_string()),
            ("failed-function", self.failed_function.clone()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

/// What a batch of one record with these headers leaves for its key and value.
fn room(headers: &[(String, String)], max_bytes: usize) -> usize {
    // The batch takes 61 bytes, the record up to 36 beside key, value and headers, and each header two lengths of up to 5.
    const OVERHEAD: usize = 61 + 36;
    let header = |(name, value): &(String, String)| 10 + name.len() + value.len();
    max_bytes.saturating_sub(OVERHEAD + headers.iter().map(header).sum::<usize>())
}

fn owned(headers: &[(String, String)]) -> OwnedHeaders {
    let empty = OwnedHeaders::new_with_capacity(headers.len());
    headers.iter().fold(empty, |all, (key, value)| {
        all.insert(Header {
            key,
            value: Some(value),
        })
    })
}

fn length(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(0, <[u8]>::len)
}

fn beginning(bytes: &[u8], room: usize) -> &[u8] {
    &bytes[..bytes.len().min(room)]
}

/// In hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    let digest = digest(&SHA256, bytes);
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests;
