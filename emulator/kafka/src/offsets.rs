//! Reads the offsets of the template's topics, for the status page and the retention warnings.

use std::sync::Arc;
use std::time::Duration;

use emulator_template::model::Topic;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};

use crate::broker::Broker;
use crate::status::{PartitionStatus, TopicOffsets, TopicStatus};

/// How long a broker may take to answer.
const ANSWER: Duration = Duration::from_secs(2);

/// A consumer that belongs to no group and reads no records. Cheap to clone.
#[derive(Clone)]
pub(crate) struct OffsetReader {
    consumer: Arc<BaseConsumer>,
    broker: Broker,
}

impl OffsetReader {
    pub fn new(consumer: BaseConsumer, broker: Broker) -> Self {
        Self {
            consumer: Arc::new(consumer),
            broker,
        }
    }

    pub async fn read(&self) -> TopicOffsets {
        let (consumer, topics) = (Arc::clone(&self.consumer), self.broker.topics());
        let reading = tokio::task::spawn_blocking(move || read(&consumer, &topics));
        reading.await.unwrap_or_else(|error| TopicOffsets {
            error: Some(error.to_string()),
            ..TopicOffsets::default()
        })
    }
}

/// Those that the broker tells. It may not have a topic any more, which says nothing of the others.
fn read(consumer: &BaseConsumer, topics: &[Topic]) -> TopicOffsets {
    let mut offsets = TopicOffsets::default();
    for topic in topics {
        match read_topic(consumer, topic) {
            Ok(status) => offsets.topics.push(status),
            Err(error) if is_missing(&error) => {
                offsets.error.get_or_insert(format!(
                    "topic {} is not on the broker: create it again, and its triggers go on from its beginning",
                    topic.name
                ));
            }
            Err(error) => {
                offsets
                    .error
                    .get_or_insert(format!("topic {}: {error}", topic.name));
                break;
            }
        }
    }
    offsets
}

fn is_missing(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::UnknownPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::LeaderNotAvailable
        )
    )
}

fn read_topic(consumer: &BaseConsumer, topic: &Topic) -> KafkaResult<TopicStatus> {
    let partitions = (0..topic.partitions).map(|id| {
        let (low, high) = consumer.fetch_watermarks(&topic.name, id, ANSWER)?;
        Ok(PartitionStatus { id, low, high })
    });
    Ok(TopicStatus {
        name: topic.name.clone(),
        partitions: partitions.collect::<KafkaResult<_>>()?,
    })
}
