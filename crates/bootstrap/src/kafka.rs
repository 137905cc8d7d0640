//! The Kafka producer as the environment describes it: `KAFKA_BOOTSTRAP_SERVERS` and `KAFKA_SECURITY`.

use std::str::FromStr;

use aws_config::SdkConfig;
use messaging::producer::{KafkaConfig, KafkaProducer, Security};

use crate::config::{ConfigError, Env};

/// Why there is no producer.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// A variable is missing or wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// IAM needs to know who signs, and for which region.
    #[error("KAFKA_SECURITY is iam, which needs {0}")]
    NotFromAws(&'static str),
    /// librdkafka refuses the configuration.
    #[error("the Kafka producer can't start: {0}")]
    Refused(String),
}

/// What `KAFKA_SECURITY` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Plaintext,
    Iam,
}

impl FromStr for Mode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "plaintext" => Ok(Self::Plaintext),
            "iam" => Ok(Self::Iam),
            _ => Err("neither of the two"),
        }
    }
}

/// Starts the producer that the environment describes; it connects when it is first used. Must be called
/// within a Tokio runtime.
///
/// # Errors
/// [`KafkaError`] names what is missing or wrong.
pub fn producer(env: &Env, aws: &SdkConfig) -> Result<KafkaProducer, KafkaError> {
    start(config(env, aws)?)
}

/// Reads the configuration without starting a producer.
///
/// # Errors
/// [`KafkaError`] names what is missing or wrong.
pub fn config(env: &Env, aws: &SdkConfig) -> Result<KafkaConfig, KafkaError> {
    let brokers: String = env.required("KAFKA_BOOTSTRAP_SERVERS")?;
    let security = match env.parse("KAFKA_SECURITY")? {
        Mode::Plaintext => Security::Plaintext,
        Mode::Iam => Security::Iam {
            region: aws
                .region()
                .ok_or(KafkaError::NotFromAws("a region"))?
                .to_string(),
            credentials: aws
                .credentials_provider()
                .ok_or(KafkaError::NotFromAws("credentials"))?,
        },
    };
    Ok(KafkaConfig::new(brokers, security))
}

pub(crate) fn start(config: KafkaConfig) -> Result<KafkaProducer, KafkaError> {
    KafkaProducer::new(config).map_err(|error| KafkaError::Refused(error.to_string()))
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, Region};

    use super::*;

    fn aws() -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .build()
    }

    fn refusal(pairs: [(&str, &str); 2]) -> String {
        let Err(error) = producer(&Env::from_pairs(pairs), &aws()) else {
            panic!("{pairs:?} was accepted");
        };
        error.to_string()
    }

    #[tokio::test]
    async fn a_bad_variable_is_named() {
        let error = refusal([
            ("KAFKA_BOOTSTRAP_SERVERS", "b:9092"),
            ("KAFKA_SECURITY", "tls"),
        ]);
        assert_eq!(
            error,
            "KAFKA_SECURITY is \"tls\": neither of the two; it must be `iam` or `plaintext`"
        );
        let error = refusal([
            ("KAFKA_BOOTSTRAP_SERVERS", ""),
            ("KAFKA_SECURITY", "plaintext"),
        ]);
        assert!(
            error.starts_with("KAFKA_BOOTSTRAP_SERVERS is not set"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn iam_needs_credentials() {
        let error = refusal([
            ("KAFKA_BOOTSTRAP_SERVERS", "b:9098"),
            ("KAFKA_SECURITY", "iam"),
        ]);
        assert_eq!(error, "KAFKA_SECURITY is iam, which needs credentials");
    }

    #[tokio::test]
    async fn a_local_producer_starts_without_a_broker() {
        let env = Env::from_pairs([
            ("KAFKA_BOOTSTRAP_SERVERS", "localhost:1"),
            ("KAFKA_SECURITY", "plaintext"),
        ]);
        assert!(producer(&env, &aws()).is_ok());
    }
}
