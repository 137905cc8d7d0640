//! What a broker looks at in records before it keeps them. The mock looks at little, and ends the whole process where there are none.

use bytes::{Buf, Bytes};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{ProduceRequest, ProduceResponse};

/// The header of a record batch of version 2 (<https://kafka.apache.org/documentation/#recordbatch>).
const HEADER: usize = 61;
/// Where it has its length, of all that comes after that; its version; and its checksum, of all that comes after that.
const LENGTH: usize = 8;
const VERSION: usize = 16;
const CHECKSUM: usize = 17;

/// Whether every partition gets one batch, which is whole.
pub(super) fn is_sound(request: &ProduceRequest) -> bool {
    let mut topics = request.topic_data.iter();
    topics.all(|topic| {
        let mut partitions = topic.partition_data.iter();
        partitions.all(|partition| partition.records.as_ref().is_some_and(is_batch))
    })
}

fn is_batch(records: &Bytes) -> bool {
    if records.len() < HEADER || records[VERSION] != 2 {
        return false;
    }
    let length = (&records[LENGTH..]).get_i32();
    let checksum = (&records[CHECKSUM..]).get_u32();
    usize::try_from(length) == Ok(records.len() - LENGTH - size_of::<i32>())
        && crc32c::crc32c(&records[CHECKSUM + size_of::<u32>()..]) == checksum
}

/// That nothing of it was kept.
pub(super) fn corrupt(request: ProduceRequest) -> ProduceResponse {
    let responses = request.topic_data.into_iter().map(|topic| {
        let partitions = topic.partition_data.iter().map(|partition| {
            PartitionProduceResponse::default()
                .with_index(partition.index)
                .with_error_code(ResponseError::CorruptMessage.code())
                .with_base_offset(-1)
        });
        TopicProduceResponse::default()
            .with_name(topic.name)
            .with_partition_responses(partitions.collect())
    });
    ProduceResponse::default().with_responses(responses.collect())
}
