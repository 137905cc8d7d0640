//! Dispatches one batch: invokes the function until it succeeds or the retries are exhausted, then commits.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use emulator_runtime::{Invoke, InvokeError};
use emulator_template::model::KafkaTrigger;
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::batch::Batch;
use crate::client::TriggerConsumer;
use crate::progress::TriggerProgress;

#[cfg(test)]
mod tests;

const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);

/// Dispatches the batches of one trigger, one at a time.
pub(crate) struct Dispatcher {
    pub trigger: KafkaTrigger,
    pub invoke: Arc<dyn Invoke>,
    pub consumer: Arc<TriggerConsumer>,
    pub progress: Arc<TriggerProgress>,
    pub bootstrap: String,
    /// For batches whose retries are exhausted, where the trigger has a destination.
    pub producer: Option<FutureProducer>,
    pub stop: CancellationToken,
}

impl Dispatcher {
    /// Returns when the batch is delivered or abandoned, or when the trigger stops.
    pub async fn dispatch(&self, batch: Batch) {
        let mut attempt = 0;
        loop {
            let invoked = self
                .invoke
                .invoke_from(
                    &self.trigger.id,
                    &self.trigger.function,
                    batch.event.clone(),
                )
                .await;
            let Err(error) = invoked else {
                self.progress.delivered(&batch);
                self.commit(&batch);
                return;
            };
            if matches!(error, InvokeError::Stopping) && self.stop.is_cancelled() {
                return;
            }
            attempt += 1;
            self.progress.failed(error.to_string());
            if self.trigger.max_retries.is_some_and(|max| attempt > max) {
                self.abandon(&batch, attempt, &error).await;
                return;
            }
            let pause = backoff(attempt);
            let (id, records) = (&self.trigger.id, batch.records);
            warn!(trigger = id, records, attempt, %error, "a batch failed, retrying in {pause:?}");
            if self
                .stop
                .run_until_cancelled(tokio::time::sleep(pause))
                .await
                .is_none()
            {
                return;
            }
        }
    }

    fn commit(&self, batch: &Batch) {
        let mut list = TopicPartitionList::new();
        for span in &batch.spans {
            let next = Offset::Offset(span.last_offset + 1);
            let added = list.add_partition_offset(&self.trigger.topic, span.partition, next);
            added.expect("BUG: a record's offset is a valid offset");
        }
        if let Err(error) = self.consumer.commit(&list, CommitMode::Async) {
            let trigger = &self.trigger.id;
            warn!(
                trigger, %error,
                "offsets were not committed: after a restart, the batch may be delivered again"
            );
        }
    }

    async fn abandon(&self, batch: &Batch, attempts: u32, cause: &InvokeError) {
        let (id, spans) = (&self.trigger.id, &batch.spans);
        error!(
            trigger = id, records = batch.records, ?spans, %cause,
            "a batch is abandoned after {attempts} attempts"
        );
        if let (Some(producer), Some(destination)) = (&self.producer, &self.trigger.on_failure) {
            let topic = destination_topic(destination);
            let record = invocation_record(&self.trigger, &self.bootstrap, batch, attempts);
            let record = FutureRecord::<(), _>::to(topic).payload(&record);
            if let Err((error, _)) = producer.send(record, Duration::from_secs(10)).await {
                warn!(trigger = id, topic, %error, "the abandoned batch did not reach its on-failure destination");
            }
        }
        self.progress.abandoned(batch);
        self.commit(batch);
    }
}

/// The topic of an on-failure destination, given by name or as `kafka://name`.
fn destination_topic(destination: &str) -> &str {
    destination.strip_prefix("kafka://").unwrap_or(destination)
}

/// Doubling, with jitter, so that triggers that fail together don't retry together.
pub(crate) fn backoff(attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(10);
    let pause = LONGEST_BACKOFF.min(FIRST_BACKOFF * 2_u32.pow(doublings));
    pause.mul_f64(rand::random_range(0.5..=1.0))
}

/// What Lambda sends to an on-failure destination of a Kafka trigger.
fn invocation_record(
    trigger: &KafkaTrigger,
    bootstrap: &str,
    batch: &Batch,
    attempts: u32,
) -> String {
    let spans: Map<String, Value> = batch
        .spans
        .iter()
        .map(|span| {
            let value = json!({
                "firstRecordOffset": span.first_offset.to_string(),
                "lastRecordOffset": span.last_offset.to_string(),
                "firstRecordTimestamp": span.first_timestamp,
                "lastRecordTimestamp": span.last_timestamp,
            });
            (format!("{}-{}", trigger.topic, span.partition), value)
        })
        .collect();
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    json!({
        "requestContext": {
            "requestId": uuid::Uuid::now_v7().to_string(),
            "functionArn": trigger.function,
            "condition": "RetryAttemptsExhausted",
            "approximateInvokeCount": attempts,
        },
        "version": "1.0",
        "timestamp": now.as_millis() as u64,
        "KafkaBatchInfo": {
            "batchSize": batch.records,
            "eventSourceArn": trigger.cluster_arn,
            "bootstrapServers": bootstrap,
            "payloadSize": batch.event.len(),
            "recordInfo": spans,
        },
    })
    .to_string()
}
