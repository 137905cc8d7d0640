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
        topic: Box<str>,
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

    /// Whether the broker, or librdkafka in its place, refuses what it is sent: sending it again is no use.
    fn is_refusal(&self) -> bool {
        let is_forbidden = matches!(
            self.refused_for(),
            Some(
                RDKafkaErrorCode::TopicAuthorizationFailed
                    | RDKafkaErrorCode::ClusterAuthorizationFailed
            )
        );
        is_forbidden || self.is_unacceptable()
    }

    /// Whether it is the record itself that no broker of this configuration takes, whoever sends it: it is too large or invalid.
    pub(super) fn is_unacceptable(&self) -> bool {
        matches!(
            self.refused_for(),
            Some(
                RDKafkaErrorCode::MessageSizeTooLarge
                    | RDKafkaErrorCode::MessageBatchTooLarge
                    | RDKafkaErrorCode::InvalidMessage
                    | RDKafkaErrorCode::InvalidMessageSize
                    | RDKafkaErrorCode::InvalidRecord
            )
        )
    }

    fn refused_for(&self) -> Option<RDKafkaErrorCode> {
        match self {
            Self::Records {
                first: KafkaError::MessageProduction(code),
                ..
            } => Some(*code),
            _ => None,
        }
    }
}
