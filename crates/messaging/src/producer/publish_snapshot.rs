use std::sync::Arc;

use app::snapshots::SnapshotPublisher;
use async_trait::async_trait;
use domain::{Snapshot, UserId};

use super::batch::RecordBatch;
use super::kafka::KafkaProducer;
use crate::codec::{Topic, encode_snapshot_requested};

/// Publishes requests for snapshots to Kafka.
pub struct KafkaSnapshotPublisher {
    producer: Arc<KafkaProducer>,
}

impl KafkaSnapshotPublisher {
    /// A publisher on this producer.
    #[must_use]
    pub fn new(producer: Arc<KafkaProducer>) -> Self {
        Self { producer }
    }
}

#[async_trait]
impl SnapshotPublisher for KafkaSnapshotPublisher {
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

#[cfg(test)]
mod tests;
