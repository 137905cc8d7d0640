//! The Kafka clients of a trigger: the consumer that reads its topic, and the producer for what it gives up.

use std::sync::Arc;
use std::time::Duration;

use emulator_template::model::KafkaTrigger;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::producer::FutureProducer;
use rdkafka::{ClientConfig, ClientContext, Offset, TopicPartitionList};
use tracing::{debug, warn};

use crate::broker::Broker;
use crate::error::KafkaError;

/// How long a partition may take until it is not fetched any more.
const STOPPING: Duration = Duration::from_secs(10);

/// The client that the consumers of a trigger share.
pub(crate) type TriggerClient = BaseConsumer<CommitLog>;

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

/// Gives each partition a queue of its own, for good: from here on the client's own queue gets no record.
pub(crate) fn split_queues(client: &Arc<TriggerClient>, trigger: &KafkaTrigger, partitions: usize) {
    for partition in 0..partitions {
        drop(split_queue(client, &trigger.topic, partition as i32));
    }
}

/// The queue of one partition.
pub(crate) fn split_queue(
    client: &Arc<TriggerClient>,
    topic: &str,
    partition: i32,
) -> PartitionQueue<CommitLog> {
    let queue = client.split_partition_queue(topic, partition);
    queue.expect("BUG: a topic's name has no zero byte")
}

/// Reads all partitions from these offsets, by assignment: the emulator alone knows the members of the group, and joining it
/// at the broker would take seconds.
pub(crate) fn assign(
    client: &TriggerClient,
    trigger: &KafkaTrigger,
    offsets: &[i64],
) -> Result<(), KafkaError> {
    let positions = (0..).zip(offsets.iter().copied());
    list(&trigger.topic, positions)
        .and_then(|list| {
            client.unassign()?;
            wait_until_stopped(client, &list)?;
            client.assign(&list)
        })
        .map_err(|source| position_error(trigger, source))
}

/// Commits these offsets of all partitions for the trigger's group, and waits for the broker's answer.
pub(crate) fn commit(
    client: &TriggerClient,
    trigger: &KafkaTrigger,
    offsets: &[i64],
) -> Result<(), KafkaError> {
    let positions = (0..).zip(offsets.iter().copied());
    list(&trigger.topic, positions)
        .and_then(|list| client.commit(&list, CommitMode::Sync))
        .map_err(|source| position_error(trigger, source))
}

/// Reads these partitions anew from these offsets, and the others on.
pub(crate) fn reassign(
    client: &TriggerClient,
    trigger: &KafkaTrigger,
    positions: impl Iterator<Item = (i32, i64)>,
) -> Result<(), KafkaError> {
    list(&trigger.topic, positions)
        .and_then(|list| {
            client.incremental_unassign(&list)?;
            wait_until_stopped(client, &list)?;
            client.incremental_assign(&list)
        })
        .map_err(|source| position_error(trigger, source))
}

/// Waits until these partitions, which were just taken away, are not fetched any more. librdkafka stops that in its own time, and
/// aborts the process if a partition is assigned and taken away again before it has (`rd_kafka_assignment_partition_stopped`, as of
/// 2.12). A seek is answered after the stop, since they are served in order; a partition that is stopped refuses it.
fn wait_until_stopped(client: &TriggerClient, partitions: &TopicPartitionList) -> KafkaResult<()> {
    client
        .seek_partitions(partitions.clone(), STOPPING)
        .map(drop)
}

/// Partitions of a topic with their next offsets.
pub(crate) fn list(
    topic: &str,
    positions: impl Iterator<Item = (i32, i64)>,
) -> KafkaResult<TopicPartitionList> {
    let mut list = TopicPartitionList::new();
    for (partition, offset) in positions {
        list.add_partition_offset(topic, partition, Offset::Offset(offset))?;
    }
    Ok(list)
}

/// What went wrong where a trigger stands on its topic.
pub(crate) fn position_error(
    trigger: &KafkaTrigger,
    source: rdkafka::error::KafkaError,
) -> KafkaError {
    KafkaError::Position {
        trigger: trigger.id.clone(),
        topic: trigger.topic.clone(),
        source: Box::new(source),
    }
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
