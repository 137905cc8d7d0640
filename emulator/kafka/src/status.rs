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

/// The template's topics at one moment.
#[derive(Debug, Clone, Default)]
pub struct TopicOffsets {
    /// Those that could be read.
    pub topics: Vec<TopicStatus>,
    /// Why not all could be, if so.
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
    /// Logical id of its event source mapping: that of the function, and the event's name.
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
    /// Records read for the next batches.
    pub buffered: usize,
    /// Invocations that failed and were, or will be, retried or abandoned.
    pub failures: u64,
    /// Records that the broker dropped before they could be read.
    pub lost: u64,
    /// Records in abandoned batches.
    pub abandoned: u64,
    /// How often a poller of it panicked and began again where the last delivery had ended.
    pub restarts: u64,
    /// How often its partitions were reassigned.
    pub rebalances: u64,
    /// Batches that were delivered by a consumer whose partitions had been reassigned: they are delivered again.
    pub fenced: u64,
    /// Why the last invocation of a consumer failed, or its poller panicked, until it has delivered a batch.
    pub last_error: Option<String>,
    /// Its consumers, which deliver side by side.
    pub consumers: Vec<ConsumerStatus>,
}

/// One consumer of a trigger.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ConsumerStatus {
    /// The partitions that it reads, and no other consumer of the trigger.
    pub partitions: Vec<i32>,
    /// Records read for its next batch.
    pub buffered: usize,
    /// Records that are being delivered.
    pub in_flight: usize,
    /// Why its last invocation failed, or its poller panicked, until a batch is delivered.
    pub last_error: Option<String>,
}
