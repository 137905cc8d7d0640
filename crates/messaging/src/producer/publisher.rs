use std::sync::Arc;

use app::publisher::{Published, TickBatch, TickPublisher};
use app::ticks::Registration;
use async_trait::async_trait;
use domain::market::Summary;
use domain::{PriceUpdate, Snapshot, Tick};

use super::batch::RecordBatch;
use super::kafka::KafkaProducer;
use crate::codec::{Payload as _, PriceEncoder, Topic};

/// What a price update takes, a little more than most.
const PRICE_UPDATE_BYTES: usize = 144;

/// Publishes to Kafka.
pub struct KafkaTickPublisher {
    producer: Arc<KafkaProducer>,
}

impl KafkaTickPublisher {
    /// A publisher on this producer.
    #[must_use]
    pub fn new(producer: Arc<KafkaProducer>) -> Self {
        Self { producer }
    }
}

#[async_trait]
impl TickPublisher for KafkaTickPublisher {
    async fn connect(&self) -> app::Result<()> {
        const TOPICS: &[Topic] = &[
            PriceUpdate::TOPIC,
            Summary::TOPIC,
            Registration::TOPIC,
            Snapshot::TOPIC,
        ];
        self.producer.connect(TOPICS).await
    }

    fn batch(&self, updates: usize) -> Box<dyn TickBatch> {
        Box::new(KafkaBatch {
            producer: Arc::clone(&self.producer),
            encoder: PriceEncoder::new(Tick(0)),
            // The summary comes on top.
            records: RecordBatch::with_capacity(updates + 1, PRICE_UPDATE_BYTES),
        })
    }
}

struct KafkaBatch {
    producer: Arc<KafkaProducer>,
    encoder: PriceEncoder,
    records: RecordBatch,
}

#[async_trait]
impl TickBatch for KafkaBatch {
    fn price(&mut self, update: &PriceUpdate) {
        let encoder = &mut self.encoder;
        self.records
            .push_keyed_within(PriceUpdate::TOPIC, PriceEncoder::KEY_AT, |out| {
                encoder.encode(update, out);
            });
    }

    fn summary(&mut self, summary: &Summary) {
        self.records.push(summary);
    }

    fn registration(&mut self, registration: &Registration) {
        self.records.push(registration);
    }

    fn snapshot(&mut self, snapshot: &Snapshot) {
        self.records.push(snapshot);
    }

    async fn publish(&mut self) -> app::Result<Published> {
        let records = std::mem::take(&mut self.records);
        let (records, result) = self.producer.publish_batch(records).await;
        self.records = records;
        result
    }
}
