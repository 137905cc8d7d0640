//! Why Kafka could not be set up.

/// Why Kafka could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// The in-process broker did not start.
    #[error("the embedded Kafka broker did not start")]
    Embedded(#[source] rdkafka::error::KafkaError),
    /// The in-process broker's thread could not be started or has ended.
    #[error("the embedded Kafka broker's thread is not running")]
    EmbeddedThread(#[source] Option<std::io::Error>),
    /// No broker answered.
    #[error("no Kafka broker answers at {bootstrap}: is it running, and is the address right?")]
    Unreachable {
        /// Where it was looked for.
        bootstrap: String,
        /// What the client says.
        #[source]
        source: rdkafka::error::KafkaError,
    },
    /// A client could not be made.
    #[error("the Kafka client was not created")]
    Client(#[source] rdkafka::error::KafkaError),
    /// A topic could not be created.
    #[error("topic {topic} was not created")]
    Topic {
        /// Its name.
        topic: String,
        /// What the broker says.
        #[source]
        source: rdkafka::error::KafkaError,
    },
    /// A trigger reads a topic that does not exist.
    #[error("trigger {trigger} reads topic {topic}, which does not exist on the broker")]
    NoTopic {
        /// Logical id of the trigger.
        trigger: String,
        /// The topic.
        topic: String,
    },
    /// A trigger's starting position could not be found out.
    #[error("trigger {trigger} could not read its position on topic {topic}")]
    Position {
        /// Logical id of the trigger.
        trigger: String,
        /// The topic.
        topic: String,
        /// What the client says.
        #[source]
        source: Box<rdkafka::error::KafkaError>,
    },
    /// A thread could not be started, or one of ours panicked.
    #[error("a Kafka thread failed")]
    Thread(#[source] std::io::Error),
}
