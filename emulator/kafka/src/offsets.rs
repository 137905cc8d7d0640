//! Reads the offsets of the template's topics, for the status page and the retention warnings.

use std::sync::Arc;
use std::time::Duration;

use emulator_template::model::Topic;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;

use crate::broker::Broker;
use crate::status::{PartitionStatus, TopicStatus};

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

    /// All topics with their offsets, or why they can't be read.
    pub async fn topics(&self) -> Result<Vec<TopicStatus>, String> {
        let (consumer, topics) = (Arc::clone(&self.consumer), self.broker.topics());
        tokio::task::spawn_blocking(move || {
            topics
                .iter()
                .map(|topic| read_topic(&consumer, topic))
                .collect::<KafkaResult<_>>()
        })
        .await
        .map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())
    }
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
