//! Why Kafka could not be set up, or a trigger not be rebalanced or rewound.

/// Why Kafka could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum KafkaError {
    /// The in-process broker did not start.
    #[error("the embedded Kafka broker did not start")]
    Embedded(#[source] rdkafka::error::KafkaError),
    /// The in-process broker's thread could not be started or has ended.
    #[error("the embedded Kafka broker's thread is not running")]
    EmbeddedThread(#[source] Option<std::io::Error>),
    /// Its port for other clients could not be opened.
    #[error("the embedded Kafka broker can't listen on port {port} of 127.0.0.1")]
    Listener {
        /// 0 for any.
        port: u16,
        /// Why.
        #[source]
        source: std::io::Error,
    },
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
    /// A topic's records can't be read.
    #[error("the records of topic {topic} can't be read")]
    Records {
        /// The topic.
        topic: String,
        /// What the client says.
        #[source]
        source: rdkafka::error::KafkaError,
    },
    /// A thread could not be started, or one of ours panicked.
    #[error("a Kafka thread failed")]
    Thread(#[source] std::io::Error),
}

/// Why a trigger was not rebalanced or rewound.
#[derive(Debug, thiserror::Error)]
pub enum RebalanceError {
    /// There is no trigger of this id.
    #[error("there is no such Kafka trigger")]
    NoTrigger,
    /// A consumer without partitions has nothing to do, as on AWS.
    #[error(
        "the trigger's topic has {partitions} partitions, so it takes from 1 to {partitions} consumers"
    )]
    Consumers {
        /// Of its topic.
        partitions: usize,
    },
    /// librdkafka's mock broker answers that no record is so old.
    #[error(
        "the embedded broker finds no records by their time: replay from an offset or from the `beginning`, or run a real broker (--kafka)"
    )]
    ByTime,
    /// The emulator is stopping.
    #[error("the emulator is stopping")]
    Stopping,
    /// The Kafka client failed.
    #[error(transparent)]
    Kafka(#[from] KafkaError),
}
