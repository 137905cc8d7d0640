//! The Kafka clients of a trigger: the consumer that reads its topic, and the producer for what it gives up.

use emulator_template::model::KafkaTrigger;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::producer::FutureProducer;
use rdkafka::{ClientConfig, ClientContext, Offset, TopicPartitionList};
use tracing::{debug, warn};

use crate::broker::Broker;
use crate::error::KafkaError;

/// The consumer of a trigger.
pub(crate) type TriggerConsumer = BaseConsumer<CommitLog>;

/// Logs what became of commits.
#[derive(Debug)]
pub(crate) struct CommitLog;

impl ClientContext for CommitLog {}

impl ConsumerContext for CommitLog {
    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        match result {
            Ok(()) => debug!("offsets committed"),
            Err(error) => warn!(
                %error,
                "offsets were not committed: after a restart, records may be delivered again"
            ),
        }
    }
}

/// Reads all partitions, by assignment: joining a group takes seconds, and there is but one reader.
pub(crate) fn assign(
    consumer: &TriggerConsumer,
    trigger: &KafkaTrigger,
    offsets: &[i64],
) -> Result<(), KafkaError> {
    let mut list = TopicPartitionList::new();
    let mut add = |(partition, offset): (i32, i64)| {
        list.add_partition_offset(&trigger.topic, partition, Offset::Offset(offset))
    };
    (0..)
        .zip(offsets.iter().copied())
        .try_for_each(&mut add)
        .and_then(|()| consumer.assign(&list))
        .map_err(|source| KafkaError::Position {
            trigger: trigger.id.clone(),
            topic: trigger.topic.clone(),
            source: Box::new(source),
        })
}

/// What every consumer has in common; it belongs to no group yet.
pub(crate) fn consumer_config(broker: &Broker) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", broker.bootstrap_servers())
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // What expired before it was read is counted as lost; reading goes on with what is left.
        .set("auto.offset.reset", "earliest")
        .set("fetch.min.bytes", "1")
        .set(
            "fetch.wait.max.ms",
            broker.fetch_wait().as_millis().to_string(),
        )
        // The defaults, a second and half a second, would show in the latency.
        .set("fetch.queue.backoff.ms", "10")
        .set("fetch.error.backoff.ms", "50")
        // A broker that comes back is read from again within a second or so, not ten.
        .set("reconnect.backoff.max.ms", "1000")
        .set("socket.timeout.ms", "10000")
        .set("allow.auto.create.topics", "false");
    config
}

/// A producer for on-failure destinations.
pub(crate) fn producer(bootstrap: &str) -> Result<FutureProducer, KafkaError> {
    ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("enable.idempotence", "true")
        .create()
        .map_err(KafkaError::Client)
}
