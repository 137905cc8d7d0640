//! Kafka: a broker, embedded or external, its topics, and the pollers that invoke functions with batches of records, as
//! Lambda's event source mappings do. And the records themselves, for people who look on.
//!
//! It must not know what a record means.

mod activity;
mod arrivals;
mod assignment;
mod batch;
mod broker;
mod client;
mod context;
mod dispatcher;
mod embedded;
mod error;
mod gathering;
mod inbox;
mod listener;
mod member;
mod offsets;
mod poller;
mod position;
mod progress;
mod record;
mod record_streams;
mod replay;
mod retention;
mod status;
#[cfg(test)]
mod tests;
mod trigger;
mod triggers;

pub use assignment::ConsumerLimit;
pub use broker::Broker;
pub use error::{KafkaError, RebalanceError};
pub use listener::ClientOptions;
pub use record_streams::{
    RecordEvent, RecordStream, RecordStreamError, RecordStreams, StreamStart,
};
pub use replay::{NoReplayFrom, ReplayFrom, ReplayedPartition};
pub use status::{
    ConsumerStatus, KafkaStatus, PartitionStatus, TopicOffsets, TopicStatus, TriggerStatus,
};
pub use triggers::Triggers;
