use std::sync::Arc;

use app::publisher::{Published, Publisher, TickBatch};
use app::ticks::Registration;
use async_trait::async_trait;
use domain::market::Summary;
use domain::{PriceUpdate, Snapshot, Tick, UserId};

use super::batch::RecordBatch;
use super::kafka::KafkaProducer;
use crate::codec::{
    MARKET_KEY, PriceEncoder, Topic, encode_market_summary, encode_snapshot_requested,
    encode_user_registered,
};

/// What a price update takes, a little more than most.
const PRICE_UPDATE_BYTES: usize = 144;

/// Publishes to Kafka.
pub struct KafkaPublisher {
    producer: Arc<KafkaProducer>,
}

impl KafkaPublisher {
    /// A publisher on this producer.
    #[must_use]
    pub fn new(producer: Arc<KafkaProducer>) -> Self {
        Self { producer }
    }
}

#[async_trait]
impl Publisher for KafkaPublisher {
    async fn connect(&self) -> app::Result<()> {
        const TOPICS: &[Topic] = &[
            Topic::PriceUpdate,
            Topic::MarketSummary,
            Topic::UserRegistered,
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

    async fn publish_snapshot(&self, snapshot: &Snapshot) -> app::Result<()> {
        let mut record = RecordBatch::default();
        let mut key = [0; UserId::TEXT_LEN];
        let key = snapshot.user_id.encode(&mut key).as_bytes();
        record.push(Topic::SnapshotRequested, key, |out| {
            encode_snapshot_requested(snapshot, out);
        });
        self.producer.publish(record).await.1.map(|_| ())
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
            .push_keyed_within(Topic::PriceUpdate, PriceEncoder::KEY_AT, |out| {
                encoder.encode(update, out);
            });
    }

    fn summary(&mut self, summary: &Summary) {
        self.records
            .push(Topic::MarketSummary, MARKET_KEY.as_bytes(), |out| {
                encode_market_summary(summary, out);
            });
    }

    fn registration(&mut self, registration: &Registration) {
        let mut key = [0; UserId::TEXT_LEN];
        let key = registration.user_id.encode(&mut key).as_bytes();
        self.records.push(Topic::UserRegistered, key, |out| {
            encode_user_registered(registration, out);
        });
    }

    async fn publish(&mut self) -> app::Result<Published> {
        let records = std::mem::take(&mut self.records);
        let (records, result) = self.producer.publish(records).await;
        self.records = records;
        result
    }
}

#[cfg(test)]
mod tests;
