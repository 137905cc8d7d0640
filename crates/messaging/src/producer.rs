//! The Kafka producer: enqueues a batch and returns when the broker has acknowledged all of it.
//!
//! A frozen Lambda function loses what is in flight, so nothing is ever sent and forgotten. One counter for
//! a whole batch takes the place of a future for each record.

mod batch;
mod config;
mod context;
mod dead_letters;
mod error;
mod iam;
mod kafka;
mod publisher;

#[cfg(test)]
mod tests;

pub use batch::{Record, RecordBatch, RecordSource};
pub use config::{KafkaConfig, Security};
pub use dead_letters::DeadLetterReport;
pub use error::PublishError;
pub use kafka::KafkaProducer;
pub use publisher::KafkaTickPublisher;
