//! The event of a Kafka trigger, as far as consumers need it.
//!
//! `aws_lambda_events` has a type for it too; this one decodes a full batch in less than half the time, as it
//! makes no string that is dropped again. A test holds the two together.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::codec::{DeadLetter, Topic, TopicNames};

/// Records from one or more partitions of one or more topics.
#[derive(Debug, Deserialize)]
pub struct KafkaEvent {
    /// In the order of each partition.
    #[serde(deserialize_with = "records")]
    pub records: Vec<KafkaRecord>,
}

/// One record.
#[derive(Debug, Deserialize)]
pub struct KafkaRecord {
    /// Its topic.
    pub topic: TopicName,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Its key, if it has one.
    #[serde(default, deserialize_with = "base64_bytes")]
    pub key: Option<Vec<u8>>,
    /// Its value, if it has one.
    #[serde(default, deserialize_with = "base64_bytes")]
    pub value: Option<Vec<u8>>,
}

impl KafkaRecord {
    /// The record as it came, with the reason why `function` gives it up.
    #[must_use]
    pub fn into_dead_letter(
        self,
        reason: String,
        function: &str,
        topics: &TopicNames,
    ) -> DeadLetter {
        let source_topic = match self.topic {
            TopicName::Known(topic) => topics.name(topic).to_owned(),
            TopicName::Unknown(name) => name,
        };
        DeadLetter {
            source_topic,
            source_partition: self.partition,
            source_offset: self.offset,
            reason,
            failed_function: function.to_owned(),
            key: self.key,
            value: self.value,
        }
    }
}

/// The topic of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicName {
    /// One of ours.
    Known(Topic),
    /// Any other.
    Unknown(String),
}

impl TopicName {
    /// The topic that is called so.
    #[must_use]
    pub fn among(topics: &TopicNames, name: &str) -> Self {
        let topic = topics.topic(name);
        topic.map_or_else(|| Self::Unknown(name.to_owned()), Self::Known)
    }

    /// The name, as far as it is known without [`TopicNames`].
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(topic) => topic.name(),
            Self::Unknown(name) => name,
        }
    }
}

impl<'de> Deserialize<'de> for TopicName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = TopicName;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a topic")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<TopicName, E> {
                Ok(Topic::from_name(name)
                    .map_or_else(|| TopicName::Unknown(name.to_owned()), TopicName::Known))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

/// Flattens `{"topic-partition": [record, …], …}`: each record names its topic and partition itself.
fn records<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<KafkaRecord>, D::Error> {
    struct ByPartition;
    impl<'de> Visitor<'de> for ByPartition {
        type Value = Vec<KafkaRecord>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("records by topic and partition")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut records = Vec::new();
            while map.next_key::<serde::de::IgnoredAny>()?.is_some() {
                map.next_value_seed(AppendTo(&mut records))?;
            }
            Ok(records)
        }
    }
    deserializer.deserialize_map(ByPartition)
}

/// Appends the records of one partition.
struct AppendTo<'a>(&'a mut Vec<KafkaRecord>);

impl<'de> serde::de::DeserializeSeed<'de> for AppendTo<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for AppendTo<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(record) = seq.next_element()? {
            self.0.push(record);
        }
        Ok(())
    }
}

fn base64_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
    struct Text;
    impl<'de> Visitor<'de> for Text {
        type Value = Option<Vec<u8>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("base64 or null")
        }

        fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Self::Value, D::Error> {
            inner.deserialize_str(self)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            STANDARD.decode(text).map(Some).map_err(E::custom)
        }
    }
    deserializer.deserialize_option(Text)
}

#[cfg(test)]
mod tests;
