//! Where consumers put the records that they can't use.
//!
//! A Kafka trigger delivers a batch that fails again, for ever, and nothing after it. So a record that
//! can't be decoded must never fail its batch.

use std::sync::Arc;

use app::Error;
use async_trait::async_trait;
use aws_config::SdkConfig;
use messaging::producer::{KafkaConfig, KafkaProducer};
use tokio::sync::OnceCell;

pub use messaging::producer::DeadLetter;

use crate::config::Env;
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

/// Where dead letters go, from Kafka's variables. Nothing connects before the first.
///
/// # Errors
/// Whatever is missing or wrong, by name.
pub fn dead_letters(
    env: &Env,
    aws: &SdkConfig,
) -> Result<Arc<dyn KeepDeadLetters>, kafka::KafkaError> {
    Ok(Arc::new(KafkaDeadLetters::new(kafka::config(env, aws)?)))
}

/// Logs the first of the records that a batch could not use, and keeps all of them.
///
/// # Errors
/// As [`KeepDeadLetters::keep`].
pub async fn bury(graveyard: &dyn KeepDeadLetters, letters: Vec<DeadLetter>) -> app::Result<()> {
    let Some(first) = letters.first() else {
        return Ok(());
    };
    tracing::warn!(
        dead_letters = letters.len(),
        topic = first.source_topic,
        partition = first.source_partition,
        offset = first.source_offset,
        reason = first.reason,
        "records could not be used and go to dead.letter; this is the first of them"
    );
    graveyard.keep(letters).await
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
