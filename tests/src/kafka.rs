use std::time::Instant;

use anyhow::{Context, Result, bail};
use domain::{Tick, UserId};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::Value;

use crate::{PATIENCE, Stack};

/// One record of a topic.
#[derive(Debug, Clone)]
pub struct Record {
    /// Key as text.
    pub key: String,
    /// Value as it came.
    pub value: Vec<u8>,
    /// Headers as text.
    pub headers: Vec<(String, String)>,
}

impl Record {
    /// The value as JSON.
    ///
    /// # Panics
    /// If it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.value).expect("the record is JSON")
    }

    /// User and tick of a price record.
    ///
    /// # Panics
    /// If it is not a price record.
    #[must_use]
    pub fn user_and_tick(&self) -> (UserId, Tick) {
        let json = self.json();
        let user = json["user_id"].as_str().expect("user_id is text");
        let tick = json["tick"].as_u64().expect("tick is a number");
        (
            UserId::parse(user).expect("user_id is a user id"),
            Tick(tick),
        )
    }
}

/// Reads a topic from its beginning.
pub struct TopicReader {
    consumer: BaseConsumer,
}

impl TopicReader {
    /// Opens a topic of the stack's broker.
    ///
    /// # Errors
    /// If the broker can't be reached or has no such topic.
    pub async fn open(stack: &Stack, topic: &'static str) -> Result<Self> {
        let bootstrap = stack.kafka().await?;
        tokio::task::spawn_blocking(move || {
            let consumer: BaseConsumer = ClientConfig::new()
                .set("bootstrap.servers", bootstrap)
                .set("group.id", "e2e")
                .set("enable.auto.commit", "false")
                .set("fetch.wait.max.ms", "50")
                .create()?;
            let metadata = consumer.fetch_metadata(Some(topic), PATIENCE)?;
            let topic = metadata.topics().first().context("the topic exists")?;
            let mut assignment = TopicPartitionList::new();
            for partition in topic.partitions() {
                assignment.add_partition_offset(topic.name(), partition.id(), Offset::Beginning)?;
            }
            consumer.assign(&assignment)?;
            Ok(Self { consumer })
        })
        .await?
    }

    /// Reads on until `done` says so of all records read so far, and gives them all.
    ///
    /// # Errors
    /// If that does not happen in time.
    pub async fn read_until(
        self,
        mut done: impl FnMut(&[Record]) -> bool + Send + 'static,
    ) -> Result<Vec<Record>> {
        tokio::task::spawn_blocking(move || {
            let deadline = Instant::now() + PATIENCE;
            let mut records = Vec::new();
            while !done(&records) {
                let left = deadline.saturating_duration_since(Instant::now());
                match self.consumer.poll(left) {
                    Some(message) => records.push(record(&message?)),
                    None => bail!("waited in vain; {} records were read", records.len()),
                }
            }
            Ok(records)
        })
        .await?
    }
}

fn record(message: &impl Message<Headers = rdkafka::message::BorrowedHeaders>) -> Record {
    let text =
        |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    let headers = message.headers().map(|headers| {
        headers
            .iter()
            .map(|header| (header.key.to_owned(), text(header.value)))
            .collect()
    });
    Record {
        key: text(message.key()),
        value: message.payload().unwrap_or_default().to_vec(),
        headers: headers.unwrap_or_default(),
    }
}

/// Publishes one record, as a stranger on the broker could.
///
/// # Errors
/// If the broker does not acknowledge it.
pub async fn produce(stack: &Stack, topic: &str, key: &str, value: &[u8]) -> Result<()> {
    produce_with_headers(stack, topic, key, value, &[]).await
}

/// Publishes one record with headers, of any size that the broker takes.
///
/// # Errors
/// If the broker does not acknowledge it.
pub async fn produce_with_headers(
    stack: &Stack,
    topic: &str,
    key: &str,
    value: &[u8],
    headers: &[(&str, &[u8])],
) -> Result<()> {
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", stack.kafka().await?)
        .set("message.max.bytes", "10000000")
        .create()?;
    let headers = headers
        .iter()
        .fold(OwnedHeaders::new(), |all, (key, value)| {
            let value = Some(*value);
            all.insert(Header { key, value })
        });
    let record = FutureRecord::to(topic)
        .key(key)
        .payload(value)
        .headers(headers);
    producer
        .send(record, PATIENCE)
        .await
        .map_err(|(error, _)| error)?;
    Ok(())
}
