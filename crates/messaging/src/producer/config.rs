use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;
use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use crate::codec::TopicNames;
use crate::roots::AMAZON_ROOTS;

/// A tick that is not acknowledged within its five seconds has failed.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(5);
/// The largest record batch, after compression, that brokers and topics take by default (`message.max.bytes`, and so on MSK):
/// one MiB, and the 12 bytes before each batch.
pub(super) const MAX_BATCH_BYTES: usize = 1_048_588;

/// How to speak to the brokers.
#[derive(Debug, Clone)]
pub enum Security {
    /// Without encryption or authentication, for a local broker.
    Plaintext,
    /// AWS IAM over TLS, as MSK offers it.
    Iam {
        /// The cluster's region.
        region: String,
        /// Who signs.
        credentials: SharedCredentialsProvider,
    },
}

/// Where the brokers are and how to speak to them.
#[derive(Debug, Clone)]
pub struct KafkaConfig {
    /// Brokers as `host:port,host:port`.
    pub bootstrap_servers: String,
    /// How to speak to them.
    pub security: Security,
    /// The longest that a record may take from enqueueing to acknowledgement, retries included. After
    /// that it counts as failed, and an unreachable broker is reported.
    pub delivery_timeout: Duration,
    /// What topics are called there.
    pub topics: TopicNames,
}

impl KafkaConfig {
    /// The configuration for these brokers, with a delivery timeout of five seconds.
    #[must_use]
    pub fn new(bootstrap_servers: impl Into<String>, security: Security) -> Self {
        Self {
            bootstrap_servers: bootstrap_servers.into(),
            security,
            delivery_timeout: DELIVERY_TIMEOUT,
            topics: TopicNames::default(),
        }
    }

    /// What librdkafka is told.
    pub(super) fn client_config(&self) -> ClientConfig {
        let timeout_ms = self.delivery_timeout.as_millis().to_string();
        let mut config = ClientConfig::new();
        config.set_log_level(RDKafkaLogLevel::Warning);
        config
            .set("bootstrap.servers", &self.bootstrap_servers)
            .set("client.id", "fastfusion")
            // Every record once and in order, on every replica that counts, or reported as failed.
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("message.timeout.ms", &timeout_ms)
            .set("request.timeout.ms", &timeout_ms)
            .set("socket.connection.setup.timeout.ms", &timeout_ms)
            // Java's default partitioner, which domain::partition follows.
            .set("partitioner", "murmur2_random")
            // As large as brokers take by default, and no larger: below, a record that another producer got in could not be
            // copied out; beyond, it would travel only to be refused.
            .set("message.max.bytes", MAX_BATCH_BYTES.to_string())
            // Throughput: a million records at once, in batches of up to a megabyte.
            .set("compression.type", "lz4")
            .set("linger.ms", "5")
            .set("batch.num.messages", "50000")
            .set("batch.size", "1000000")
            .set("queue.buffering.max.messages", "2000000")
            .set("queue.buffering.max.kbytes", "1048576")
            // A function that thaws finds its connections closed: reconnecting must be quick, and no news.
            .set("socket.keepalive.enable", "true")
            .set("socket.nagle.disable", "true")
            .set("reconnect.backoff.ms", "50")
            .set("reconnect.backoff.max.ms", "1000")
            .set("log.connection.close", "false");
        match &self.security {
            Security::Plaintext => config.set("security.protocol", "plaintext"),
            Security::Iam { .. } => config
                .set("security.protocol", "sasl_ssl")
                .set("sasl.mechanism", "OAUTHBEARER")
                // Parsing the system's hundred and forty would triple the producer's start.
                .set("ssl.ca.pem", AMAZON_ROOTS),
        };
        config
    }
}

#[cfg(test)]
mod tests;
