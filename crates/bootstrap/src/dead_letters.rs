//! Where consumers publish the records that they can't process.
//!
//! A Kafka trigger delivers a batch that fails again, for ever, and nothing after it. So a record that
//! can't be decoded must never fail its batch.

use app::Error;
use messaging::codec::{DeadLetter, TopicNames};
use messaging::producer::{DeadLetterReport, KafkaConfig, KafkaProducer};
use tokio::sync::OnceCell;

use crate::clients::Clients;
use crate::kafka::{self, KafkaCluster, KafkaError};

/// Publishes dead letters. Its producer starts with the first of them: most processes never see one, and
/// shall not pay for it when they start.
pub struct DeadLetters {
    config: KafkaConfig,
    producer: OnceCell<KafkaProducer>,
}

impl DeadLetters {
    /// Dead letters for this cluster.
    ///
    /// # Errors
    /// [`KafkaError`] names what is missing.
    pub fn new(clients: &Clients, cluster: &KafkaCluster) -> Result<Self, KafkaError> {
        kafka::config(clients, cluster).map(Self::with_config)
    }

    pub(crate) fn with_config(config: KafkaConfig) -> Self {
        Self {
            config,
            producer: OnceCell::new(),
        }
    }

    /// What topics are called in the cluster.
    pub(crate) fn topics(&self) -> &TopicNames {
        &self.config.topics
    }

    /// Logs the first of the dead letters, and returns when all are acknowledged. What the broker doesn't take whole is kept
    /// truncated; what it doesn't take even so is logged, and the batch goes on.
    ///
    /// # Errors
    /// While the broker is away, or doesn't let this function write. Some may have arrived then; publishing all of them again is
    /// right.
    pub async fn publish(&self, letters: Vec<DeadLetter>) -> app::Result<()> {
        let Some(first) = letters.first() else {
            return Ok(());
        };
        tracing::warn!(
            dead_letters = letters.len(),
            topic = first.source_topic,
            partition = first.source_partition,
            offset = first.source_offset,
            reason = first.short_reason(),
            "records can't be processed, publishing them to dead.letter; topic, offset and reason are of the first"
        );
        let producer = self
            .producer
            .get_or_try_init(async || kafka::start(self.config.clone()))
            .await
            .map_err(|error| Error::Internal {
                what: "starting the producer of dead letters",
                source: Box::new(error),
            })?;
        let DeadLetterReport {
            whole,
            truncated,
            lost,
        } = producer.publish_dead_letters(letters).await?;
        if truncated + lost > 0 {
            tracing::warn!(
                whole,
                truncated,
                lost,
                "dead letters were too large or invalid to be kept as they came"
            );
        }
        Ok(())
    }
}
