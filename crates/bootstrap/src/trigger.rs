//! What a Kafka trigger brings a consumer.

pub use messaging::codec::Topic;
pub use messaging::trigger::{KafkaEvent, KafkaRecord, TopicName};
