use app::Error;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// Why records were not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Some records could not be delivered.
    #[error("{failed} of {total} records not acknowledged{}", heard(.trouble.as_deref()))]
    Records {
        /// Records that failed, or were not even tried.
        failed: u64,
        /// Records in the batch.
        total: u64,
        /// What was last heard of trouble with the brokers.
        trouble: Option<String>,
        /// What the first of them failed with.
        #[source]
        first: KafkaError,
    },
    /// librdkafka did not say in time what became of some records.
    #[error("{unsettled} records unaccounted for")]
    Unsettled {
        /// How many.
        unsettled: u64,
    },
    /// The brokers or a topic can't be reached.
    #[error("no connection to topic {topic}{}", heard(.trouble.as_deref()))]
    Connect {
        /// The topic asked for.
        topic: &'static str,
        /// What was last heard of trouble with the brokers.
        trouble: Option<String>,
        /// What librdkafka says.
        #[source]
        source: KafkaError,
    },
}

fn heard(trouble: Option<&str>) -> String {
    trouble
        .map(|trouble| format!(" (last heard: {trouble})"))
        .unwrap_or_default()
}

impl PublishError {
    /// In the words of `app`: refused for good, or worth another try.
    pub(super) fn into_app(self) -> Error {
        let source = Box::new(self);
        if source.is_refusal() {
            Error::Internal {
                what: "publishing to Kafka",
                source,
            }
        } else {
            Error::Unavailable {
                what: "Kafka",
                source,
            }
        }
    }

    /// Whether the broker, or librdkafka in its place, refuses the record itself: sending it again is no use.
    fn is_refusal(&self) -> bool {
        let Self::Records {
            first: KafkaError::MessageProduction(code),
            ..
        } = self
        else {
            return false;
        };
        matches!(
            code,
            RDKafkaErrorCode::MessageSizeTooLarge
                | RDKafkaErrorCode::InvalidMessage
                | RDKafkaErrorCode::InvalidRecord
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::ClusterAuthorizationFailed
        )
    }
}
