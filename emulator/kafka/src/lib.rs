//! Kafka: a broker, embedded or external, its topics, and the pollers that invoke functions with batches of records, as
//! Lambda's event source mappings do.
//!
//! It must not look into a record.

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
mod member;
mod offsets;
mod poller;
mod position;
mod progress;
mod record;
mod retention;
mod status;
#[cfg(test)]
mod tests;
mod trigger;
mod triggers;

pub use assignment::ConsumerLimit;
pub use broker::Broker;
pub use error::{KafkaError, RebalanceError};
pub use status::{ConsumerStatus, KafkaStatus, PartitionStatus, TopicStatus, TriggerStatus};
pub use triggers::Triggers;
