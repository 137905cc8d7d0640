//! Kafka: a broker, embedded or external, its topics, and the triggers that invoke functions with
//! batches of records.
//!
//! It never looks into a record.

mod batch;
mod broker;
mod delivery;
mod embedded;
mod error;
mod observer;
mod poller;
mod position;
mod progress;
mod status;
#[cfg(test)]
mod tests;
mod triggers;
mod watch;

pub use broker::Broker;
pub use error::KafkaError;
pub use status::{KafkaStatus, PartitionStatus, TopicStatus, TriggerStatus};
pub use triggers::Triggers;
