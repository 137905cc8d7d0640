//! Delivering again what a trigger has had already.

use std::str::FromStr;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::broker::ANSWER;
use crate::client;

/// From where records are delivered again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayFrom {
    /// The oldest that the broker has.
    Beginning,
    /// This offset of each partition.
    Offset(i64),
    /// The first that is not older than this, in milliseconds since the Unix epoch.
    Timestamp(i64),
}

/// What is asked for is no place to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a replay begins at `beginning`, at an offset such as 42, or at an instant such as 2026-01-31T12:00:00Z"
)]
pub struct NoReplayFrom;

impl FromStr for ReplayFrom {
    type Err = NoReplayFrom;

    fn from_str(text: &str) -> Result<Self, NoReplayFrom> {
        if text == "beginning" {
            return Ok(Self::Beginning);
        }
        if let Ok(offset) = text.parse::<i64>() {
            let offset = Some(offset).filter(|offset| *offset >= 0);
            return offset.map(Self::Offset).ok_or(NoReplayFrom);
        }
        let instant = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| NoReplayFrom)?;
        let milliseconds = instant.unix_timestamp_nanos().div_euclid(1_000_000);
        i64::try_from(milliseconds)
            .map(Self::Timestamp)
            .map_err(|_| NoReplayFrom)
    }
}

/// What of a partition is delivered again: all records from one offset up to another, which is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReplayedPartition {
    /// Number.
    pub partition: i32,
    /// Offset of the first record.
    pub from: i64,
    /// Where the trigger had got to.
    pub until: i64,
}

/// The offset of each partition where a replay begins. It never skips: a trigger that has not got so far stays where it is.
pub(crate) fn offsets<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    from: ReplayFrom,
    positions: &[i64],
) -> KafkaResult<Vec<i64>> {
    let by_time = match from {
        ReplayFrom::Timestamp(timestamp) => {
            let at = (0..).zip(positions.iter().map(|_| timestamp));
            Some(consumer.offsets_for_times(client::list(topic, at)?, ANSWER)?)
        }
        _ => None,
    };
    let earlier = |(partition, position): (i32, &i64)| {
        let (low, _) = consumer.fetch_watermarks(topic, partition, ANSWER)?;
        let wanted = match from {
            ReplayFrom::Beginning => low,
            ReplayFrom::Offset(offset) => offset,
            ReplayFrom::Timestamp(_) => found(by_time.as_ref(), topic, partition),
        };
        Ok(wanted.max(low).min(*position))
    };
    (0..).zip(positions).map(earlier).collect()
}

/// The offset that the broker has found; the end if every record is older.
fn found(list: Option<&TopicPartitionList>, topic: &str, partition: i32) -> i64 {
    let element = list.and_then(|list| list.find_partition(topic, partition));
    match element.map(|element| element.offset()) {
        Some(Offset::Offset(offset)) => offset,
        _ => i64::MAX,
    }
}

/// What was rewound, from where to where.
pub(crate) fn replayed(from: &[i64], until: &[i64]) -> Vec<ReplayedPartition> {
    (0..)
        .zip(from.iter().zip(until))
        .map(|(partition, (from, until))| ReplayedPartition {
            partition,
            from: *from,
            until: *until,
        })
        .collect()
}
