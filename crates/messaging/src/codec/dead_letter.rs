use rdkafka::message::{Header, OwnedHeaders};

use super::Topic;

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

impl DeadLetter {
    /// Its topic.
    pub const TOPIC: Topic = Topic("dead.letter");

    /// What the headers say; all values are UTF-8 text.
    pub(crate) fn headers(&self) -> OwnedHeaders {
        let partition = self.source_partition.to_string();
        let offset = self.source_offset.to_string();
        [
            ("dead-letter-reason", self.reason.as_str()),
            ("source-topic", self.source_topic.as_str()),
            ("source-partition", partition.as_str()),
            ("source-offset", offset.as_str()),
            ("failed-function", self.failed_function.as_str()),
        ]
        .into_iter()
        .fold(OwnedHeaders::new(), |all, (key, value)| {
            all.insert(Header {
                key,
                value: Some(value),
            })
        })
    }
}
