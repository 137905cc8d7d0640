use std::sync::Arc;

use app::ticks::{Batch, PublishTicks, Published, Registration};
use async_trait::async_trait;
use domain::PriceUpdate;
use domain::market::Summary;
use domain::{Tick, UserId};

use super::batch::RecordBatch;
use super::kafka::KafkaProducer;
use crate::codec::{
    MARKET_KEY, PriceEncoder, Topic, encode_market_summary, encode_user_registered,
};

/// What a price update takes, a little more than most.
const PRICE_UPDATE_BYTES: usize = 144;

/// Publishes ticks to Kafka.
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
impl PublishTicks for KafkaTickPublisher {
    async fn connect(&self) -> app::Result<()> {
        const TOPICS: &[Topic] = &[
            Topic::PriceUpdate,
            Topic::MarketSummary,
            Topic::UserRegistered,
        ];
        self.producer.connect(TOPICS).await
    }

    fn batch(&self, updates: usize) -> Box<dyn Batch> {
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
impl Batch for KafkaBatch {
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
