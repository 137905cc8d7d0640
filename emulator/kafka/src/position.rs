//! Where a trigger starts on each partition.

use std::time::Duration;

use backon::{BlockingRetryable, ConstantBuilder};
use emulator_template::model::{KafkaTrigger, StartingPosition};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError as ClientError, KafkaResult, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use tracing::warn;

use crate::broker::ANSWER;
use crate::error::KafkaError;

#[cfg(test)]
mod tests;

/// A new broker creates its topic of offsets when the first group asks, and has no coordinator until then.
const COORDINATOR_START: ConstantBuilder = ConstantBuilder::new()
    .with_delay(Duration::from_millis(100))
    .with_max_times(300);

/// The first offset to read of each partition, and how many records were lost before it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Start {
    pub offsets: Vec<i64>,
    pub lost: u64,
}

/// Resolves every starting position to an offset now, so that nothing that is produced from now on
/// can be missed. Blocks.
pub(crate) fn resolve<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    trigger: &KafkaTrigger,
) -> Result<Start, KafkaError> {
    let partitions = partition_count(consumer, trigger)?;
    read(consumer, trigger, partitions).map_err(|source| KafkaError::Position {
        trigger: trigger.id.clone(),
        topic: trigger.topic.clone(),
        source: Box::new(source),
    })
}

fn read<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    trigger: &KafkaTrigger,
    partitions: i32,
) -> KafkaResult<Start> {
    let topic = &trigger.topic;
    let mut list = TopicPartitionList::new();
    list.add_partition_range(topic, 0, partitions - 1);
    let committed = (|| consumer.committed_offsets(list.clone(), ANSWER))
        .retry(COORDINATOR_START)
        .when(is_coordinator_starting)
        .call()?;
    let mut start = Start {
        offsets: Vec::new(),
        lost: 0,
    };
    for partition in 0..partitions {
        let (low, high) = consumer.fetch_watermarks(topic, partition, ANSWER)?;
        let committed = committed
            .find_partition(topic, partition)
            .map(|found| found.offset());
        let (offset, lost) = starting_offset(trigger, partition, committed, low, high);
        start.offsets.push(offset);
        start.lost += lost;
    }
    Ok(start)
}

fn is_coordinator_starting(error: &ClientError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::NotCoordinator
                | RDKafkaErrorCode::CoordinatorNotAvailable
                | RDKafkaErrorCode::CoordinatorLoadInProgress
        )
    )
}

fn starting_offset(
    trigger: &KafkaTrigger,
    partition: i32,
    committed: Option<Offset>,
    low: i64,
    high: i64,
) -> (i64, u64) {
    let fresh = match trigger.starting_position {
        StartingPosition::Latest => high,
        StartingPosition::TrimHorizon => low,
    };
    let (group, topic) = (&trigger.group, &trigger.topic);
    match committed {
        Some(Offset::Offset(offset)) if offset > high => {
            warn!(
                "group {group} has committed offset {offset} of {topic}-{partition}, which ends at \
                 {high}: the topic was recreated, so the trigger starts at offset {fresh}"
            );
            (fresh, 0)
        }
        Some(Offset::Offset(offset)) if offset < low => {
            let lost = low.abs_diff(offset);
            warn!(
                "{lost} records of {topic}-{partition} expired before group {group} read them: the \
                 trigger continues at offset {low}"
            );
            (low, lost)
        }
        Some(Offset::Offset(offset)) => (offset, 0),
        _ => (fresh, 0),
    }
}

fn partition_count<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    trigger: &KafkaTrigger,
) -> Result<i32, KafkaError> {
    let metadata = consumer
        .fetch_metadata(Some(&trigger.topic), ANSWER)
        .map_err(|source| KafkaError::Position {
            trigger: trigger.id.clone(),
            topic: trigger.topic.clone(),
            source: Box::new(source),
        })?;
    let topic = metadata
        .topics()
        .iter()
        .find(|topic| topic.name() == trigger.topic);
    match topic.map(|topic| topic.partitions().len()) {
        Some(count) if count > 0 => Ok(count as i32),
        _ => Err(KafkaError::NoTopic {
            trigger: trigger.id.clone(),
            topic: trigger.topic.clone(),
        }),
    }
}
