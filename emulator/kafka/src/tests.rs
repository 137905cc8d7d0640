//! Triggers as functions see them: a real client against the embedded broker, functions played by a
//! fake.

mod batches;
mod broker;
mod consumers;
mod event;
mod failures;
mod foreign;
mod panics;
mod positions;
mod rebalances;
mod replays;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_lambda_events::event::kafka::KafkaEvent;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use emulator_runtime::{Invoke, InvokeError};
use emulator_template::model::{KafkaTrigger, StartingPosition, Topic};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tokio::sync::{mpsc, oneshot};

use crate::{Broker, ClientOptions, ConsumerLimit, Triggers};

/// An invocation that waits for the test to answer it.
struct Call {
    raw: Bytes,
    event: KafkaEvent,
    answer: oneshot::Sender<Result<Bytes, InvokeError>>,
}

impl Call {
    fn succeed(self) {
        self.answer.send(Ok(Bytes::from_static(b"null"))).unwrap();
    }

    fn fail(self) {
        let error = InvokeError::Failed {
            function: "fanout".to_owned(),
            error_type: "Runtime.Unknown".to_owned(),
            message: "no".to_owned(),
        };
        self.answer.send(Err(error)).unwrap();
    }

    /// Values of one partition's records, in order.
    fn values(&self, partition: i32) -> Vec<String> {
        let records = self.event.records.get(&format!("prices-{partition}"));
        let decode = |value: &Option<String>| {
            String::from_utf8(STANDARD.decode(value.as_ref().unwrap()).unwrap()).unwrap()
        };
        records
            .into_iter()
            .flatten()
            .map(|record| decode(&record.value))
            .collect()
    }

    fn count(&self) -> usize {
        self.event.records.values().map(Vec::len).sum()
    }
}

struct FakeFunction(mpsc::UnboundedSender<Call>);

#[async_trait]
impl Invoke for FakeFunction {
    async fn invoke(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        assert_eq!(function, "fanout");
        let (answer, answered) = oneshot::channel();
        let call = Call {
            event: serde_json::from_slice(&event).unwrap(),
            raw: event,
            answer,
        };
        self.0.send(call).map_err(|_| InvokeError::Stopping)?;
        answered.await.unwrap_or(Err(InvokeError::Stopping))
    }
}

/// An embedded broker with one topic, `prices`.
struct Stack {
    broker: Broker,
    producer: FutureProducer,
}

impl Stack {
    async fn start(partitions: i32) -> Self {
        let broker = Broker::embedded(ClientOptions::default()).await.unwrap();
        broker
            .create_topics(&[topic("prices", partitions)])
            .await
            .unwrap();
        let producer = ClientConfig::new()
            .set("bootstrap.servers", broker.bootstrap_servers())
            .set("linger.ms", "0")
            .create()
            .unwrap();
        Self { broker, producer }
    }

    async fn produce(&self, partition: i32, value: &str) {
        let record = FutureRecord::to("prices")
            .partition(partition)
            .key("key")
            .payload(value);
        self.producer
            .send(record, Duration::from_secs(5))
            .await
            .unwrap();
    }

    async fn produce_all(&self, partition: i32, values: impl IntoIterator<Item = u32>) {
        for value in values {
            self.produce(partition, &value.to_string()).await;
        }
    }

    /// Waits until the group has committed this offset of partition 0.
    async fn wait_for_commit(&self, offset: i64) {
        self.wait_for_commit_of(0, offset).await;
    }

    async fn wait_for_commit_of(&self, partition: i32, offset: i64) {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", self.broker.bootstrap_servers())
            .set("group.id", "fanout")
            .create()
            .unwrap();
        tokio::task::spawn_blocking(move || {
            let mut list = TopicPartitionList::new();
            list.add_partition("prices", partition);
            let committed = || {
                let found = consumer.committed_offsets(list.clone(), Duration::from_secs(5));
                found.unwrap().elements()[0].offset()
            };
            while committed() != Offset::Offset(offset) {}
        })
        .await
        .unwrap();
    }

    /// With a consumer for each partition.
    async fn trigger(&self, trigger: KafkaTrigger) -> (Triggers, mpsc::UnboundedReceiver<Call>) {
        self.trigger_of(trigger, ConsumerLimit::OnePerPartition)
            .await
    }

    async fn trigger_of(
        &self,
        trigger: KafkaTrigger,
        limit: ConsumerLimit,
    ) -> (Triggers, mpsc::UnboundedReceiver<Call>) {
        let (sender, calls) = mpsc::unbounded_channel();
        let function = Arc::new(FakeFunction(sender));
        let trigger = [trigger];
        let triggers = Triggers::start(&self.broker, &trigger, function, limit);
        (triggers.await.unwrap(), calls)
    }
}

impl Triggers {
    /// Waits until the one trigger has read so many records for its next batch.
    async fn wait_for_buffered(&self, records: usize) {
        while self.status().await.triggers[0].buffered < records {
            tokio::task::yield_now().await;
        }
    }
}

fn at_most(consumers: u32) -> ConsumerLimit {
    ConsumerLimit::AtMost(NonZeroU32::new(consumers).unwrap())
}

fn topic(name: &str, partitions: i32) -> Topic {
    Topic {
        name: name.to_owned(),
        partitions,
    }
}

/// From the oldest record, at most ten at once, without a window.
fn from_the_start() -> KafkaTrigger {
    KafkaTrigger {
        id: "Prices".to_owned(),
        function: "fanout".to_owned(),
        topic: "prices".to_owned(),
        cluster_arn: "arn:aws:kafka:eu-central-1:123456789012:cluster/test/1".to_owned(),
        group: "fanout".to_owned(),
        starting_position: StartingPosition::TrimHorizon,
        batch_size: 10,
        window: Duration::ZERO,
        on_failure: None,
        max_retries: None,
    }
}

/// From the oldest record, and only full batches: how quickly records are fetched makes no difference.
fn full_batches(batch_size: usize) -> KafkaTrigger {
    KafkaTrigger {
        batch_size,
        window: Duration::from_secs(300),
        ..from_the_start()
    }
}

fn from_now_on() -> KafkaTrigger {
    KafkaTrigger {
        starting_position: StartingPosition::Latest,
        ..from_the_start()
    }
}

fn numbers(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}
