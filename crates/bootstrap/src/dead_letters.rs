//! Where consumers put the records that they can't use.

use app::Error;
use async_trait::async_trait;
use messaging::producer::{KafkaConfig, KafkaProducer};
use tokio::sync::OnceCell;

pub use messaging::producer::DeadLetter;

use crate::kafka;

/// Keeps records that can't be used, so that people can look at them.
#[async_trait]
pub trait KeepDeadLetters: Send + Sync {
    /// Returns when all are kept.
    ///
    /// # Errors
    /// Some may have been kept then; keeping all of them again is right.
    async fn keep(&self, letters: Vec<DeadLetter>) -> app::Result<()>;
}

/// Keeps them in Kafka. Its producer starts with the first of them: most processes never see one, and
/// shall not pay for it when they start.
pub struct KafkaDeadLetters {
    config: KafkaConfig,
    producer: OnceCell<KafkaProducer>,
}

impl KafkaDeadLetters {
    /// Dead letters for these brokers.
    #[must_use]
    pub fn new(config: KafkaConfig) -> Self {
        Self {
            config,
            producer: OnceCell::new(),
        }
    }
}

#[async_trait]
impl KeepDeadLetters for KafkaDeadLetters {
    async fn keep(&self, letters: Vec<DeadLetter>) -> app::Result<()> {
        let producer = self
            .producer
            .get_or_try_init(async || kafka::start(self.config.clone()))
            .await
            .map_err(|error| Error::Internal {
                what: "starting the producer of dead letters",
                source: Box::new(error),
            })?;
        producer.publish_dead_letters(letters).await.map(|_| ())
    }
}
