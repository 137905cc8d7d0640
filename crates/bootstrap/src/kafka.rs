//! The Kafka producer.

use std::str::FromStr;

use messaging::codec::TopicNames;
use messaging::producer::{KafkaConfig, KafkaProducer, Security};

use crate::clients::Clients;
use crate::config::{ConfigError, Env, FromEnv};

/// The cluster, and how to connect to it.
#[derive(Debug, Clone)]
pub struct KafkaCluster {
    brokers: String,
    security: SecurityMode,
    topics: TopicNames,
}

/// Why there is no producer.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// IAM needs to know who signs, and for which region.
    #[error("KAFKA_SECURITY is iam, which needs {0}")]
    NotFromAws(&'static str),
    /// librdkafka refuses the configuration.
    #[error("the Kafka producer can't start: {0}")]
    Refused(String),
}

/// What `KAFKA_SECURITY` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SecurityMode {
    Plaintext,
    Iam,
}

impl FromStr for SecurityMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "plaintext" => Ok(Self::Plaintext),
            "iam" => Ok(Self::Iam),
            _ => Err("neither of the two"),
        }
    }
}

impl FromEnv for KafkaCluster {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            brokers: env.required("KAFKA_BOOTSTRAP_SERVERS")?,
            security: env.parse("KAFKA_SECURITY")?,
            topics: TopicNames::with_prefix(&env.required_or_empty("KAFKA_TOPIC_PREFIX")?),
        })
    }
}

/// A producer's configuration for this cluster.
///
/// # Errors
/// [`KafkaError`] names what is missing.
pub(crate) fn config(clients: &Clients, cluster: &KafkaCluster) -> Result<KafkaConfig, KafkaError> {
    let aws = &clients.sdk;
    let security = match cluster.security {
        SecurityMode::Plaintext => Security::Plaintext,
        SecurityMode::Iam => Security::Iam {
            region: aws
                .region()
                .ok_or(KafkaError::NotFromAws("a region"))?
                .to_string(),
            credentials: aws
                .credentials_provider()
                .ok_or(KafkaError::NotFromAws("credentials"))?,
        },
    };
    Ok(KafkaConfig {
        topics: cluster.topics.clone(),
        ..KafkaConfig::new(&cluster.brokers, security)
    })
}

/// Starts a producer, which connects when it is first used. Must be called within a Tokio runtime.
///
/// # Errors
/// [`KafkaError`] names what is missing or wrong.
pub fn producer(clients: &Clients, cluster: &KafkaCluster) -> Result<KafkaProducer, KafkaError> {
    start(config(clients, cluster)?)
}

pub(crate) fn start(config: KafkaConfig) -> Result<KafkaProducer, KafkaError> {
    KafkaProducer::new(config).map_err(|error| KafkaError::Refused(error.to_string()))
}

#[cfg(test)]
mod tests;
