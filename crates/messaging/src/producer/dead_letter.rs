use app::publisher::Published;
use rdkafka::message::{Header, OwnedHeaders};

use super::batch::{Record, RecordSource};
use super::kafka::KafkaProducer;
use crate::codec::{Topic, dead_letter_headers as headers};

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

impl KafkaProducer {
    /// Publishes dead letters and returns when all are acknowledged.
    ///
    /// # Errors
    /// As [`KafkaProducer::publish`]; then some may have arrived, and publishing all again is right.
    pub async fn publish_dead_letters(
        &self,
        dead_letters: Vec<DeadLetter>,
    ) -> app::Result<Published> {
        self.publish(DeadLetters(dead_letters)).await.1
    }
}

struct DeadLetters(Vec<DeadLetter>);

impl RecordSource for DeadLetters {
    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.0.iter().map(|dead| Record {
            topic: Topic::DeadLetter,
            key: dead.key.as_deref(),
            value: dead.value.as_deref(),
            headers: Some(dead.headers()),
        })
    }
}

impl DeadLetter {
    fn headers(&self) -> OwnedHeaders {
        let partition = self.source_partition.to_string();
        let offset = self.source_offset.to_string();
        [
            (headers::REASON, self.reason.as_str()),
            (headers::SOURCE_TOPIC, self.source_topic.as_str()),
            (headers::SOURCE_PARTITION, partition.as_str()),
            (headers::SOURCE_OFFSET, offset.as_str()),
            (headers::FAILED_FUNCTION, self.failed_function.as_str()),
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
