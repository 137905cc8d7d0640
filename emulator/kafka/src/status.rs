//! What the status page shows of Kafka.

use serde::Serialize;

/// Broker, topics and triggers at one moment.
#[derive(Debug, Clone, Default, Serialize)]
pub struct KafkaStatus {
    /// Address of the broker.
    pub bootstrap_servers: String,
    /// Whether it is the emulator's own, in memory.
    pub embedded: bool,
    /// The template's topics.
    pub topics: Vec<TopicStatus>,
    /// The template's Kafka triggers.
    pub triggers: Vec<TriggerStatus>,
    /// Why topics or lag could not be read, if so.
    pub error: Option<String>,
}

/// One topic.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TopicStatus {
    /// Name.
    pub name: String,
    /// Its partitions, in order.
    pub partitions: Vec<PartitionStatus>,
}

/// One partition.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PartitionStatus {
    /// Number.
    pub id: i32,
    /// Offset of the oldest record kept.
    pub low: i64,
    /// Offset that the next record will get.
    pub high: i64,
}

/// One trigger.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TriggerStatus {
    /// Logical id of the event.
    pub id: String,
    /// Logical id of the function.
    pub function: String,
    /// Topic.
    pub topic: String,
    /// Consumer group.
    pub group: String,
    /// Next offset to be delivered, by partition; everything before it was delivered.
    pub position: Vec<i64>,
    /// Records that are on the topic and not yet delivered.
    pub lag: i64,
    /// Batches delivered.
    pub batches: u64,
    /// Records delivered.
    pub records: u64,
    /// Records read for the next batch.
    pub buffered: usize,
    /// Invocations that failed and were, or will be, retried or abandoned.
    pub failures: u64,
    /// Records that the broker dropped before they could be read.
    pub lost: u64,
    /// Records in abandoned batches.
    pub abandoned: u64,
    /// How often its poller panicked and began again where the last delivery had ended.
    pub restarts: u64,
    /// Why the last invocation failed, or the poller panicked, until a batch is delivered.
    pub last_error: Option<String>,
}
