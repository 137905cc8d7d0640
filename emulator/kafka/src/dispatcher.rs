//! Dispatches one batch: invokes the function until it succeeds or the retries are exhausted, then commits.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use emulator_runtime::InvokeError;
use emulator_template::model::KafkaTrigger;
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::producer::FutureRecord;
use serde_json::{Map, Value, json};
use tracing::{error, info, warn};

use crate::batch::Batch;
use crate::client;
use crate::context::Context;
use crate::member::Member;

#[cfg(test)]
mod tests;

const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);

/// Dispatches the batches of one consumer, one at a time.
pub(crate) struct Dispatcher {
    pub context: Arc<Context>,
    pub member: Arc<Member>,
}

impl Dispatcher {
    /// Returns when the batch is delivered or abandoned, or when the consumer leaves.
    pub async fn dispatch(&self, batch: Batch) {
        let (trigger, progress) = (&self.context.trigger, &self.context.progress);
        let mut attempt = 0;
        loop {
            // The trigger is the source, not the consumer: a partition's batches reach one process or another, as on AWS.
            let invoked = self
                .context
                .invoke
                .invoke_from(&trigger.id, &trigger.function, batch.event.clone())
                .await;
            let Err(error) = invoked else {
                self.delivered(&batch);
                return;
            };
            if matches!(error, InvokeError::Stopping) && self.context.stop.is_cancelled() {
                return;
            }
            attempt += 1;
            progress.failed();
            self.member.set_error(Some(error.to_string()));
            if !progress.is_current(self.member.generation) {
                self.fenced(&batch, &format!("failed: {error}"));
                return;
            }
            if trigger.max_retries.is_some_and(|max| attempt > max) {
                self.abandon(&batch, attempt, &error).await;
                return;
            }
            let pause = backoff(attempt);
            let (id, records) = (&trigger.id, batch.records);
            warn!(trigger = id, records, attempt, %error, "a batch failed, retrying in {pause:?}");
            let leaving = &self.member.leaving;
            if leaving
                .run_until_cancelled(tokio::time::sleep(pause))
                .await
                .is_none()
            {
                return;
            }
        }
    }

    fn delivered(&self, batch: &Batch) {
        let commit = || self.commit(batch);
        let generation = self.member.generation;
        if self.context.progress.delivered(generation, batch, commit) {
            self.member.set_error(None);
        } else {
            self.fenced(batch, "was delivered");
        }
    }

    fn fenced(&self, batch: &Batch, what: &str) {
        let (trigger, spans) = (&self.context.trigger.id, &batch.spans);
        info!(
            trigger,
            records = batch.records,
            ?spans,
            "a batch {what}, after its partitions were reassigned: it is delivered again from the committed offsets"
        );
    }

    fn commit(&self, batch: &Batch) {
        let topic = &self.context.trigger.topic;
        let next = batch.spans.iter();
        let next = next.map(|span| (span.partition, span.last_offset + 1));
        let list = client::list(topic, next).expect("BUG: a record's offset is a valid offset");
        if let Err(error) = self.context.client.commit(&list, CommitMode::Async) {
            let trigger = &self.context.trigger.id;
            warn!(
                trigger, %error,
                "offsets were not committed: after a restart, the batch may be delivered again"
            );
        }
    }

    async fn abandon(&self, batch: &Batch, attempts: u32, cause: &InvokeError) {
        let context = &self.context;
        let (trigger, spans) = (&context.trigger, &batch.spans);
        let id = &trigger.id;
        error!(
            trigger = id, records = batch.records, ?spans, %cause,
            "a batch is abandoned after {attempts} attempts"
        );
        if let (Some(producer), Some(destination)) = (&context.producer, &trigger.on_failure) {
            let topic = destination_topic(destination);
            let record = invocation_record(trigger, &context.bootstrap, batch, attempts);
            let record = FutureRecord::<(), _>::to(topic).payload(&record);
            if let Err((error, _)) = producer.send(record, Duration::from_secs(10)).await {
                warn!(trigger = id, topic, %error, "the abandoned batch did not reach its on-failure destination");
            }
        }
        let commit = || self.commit(batch);
        let generation = self.member.generation;
        context.progress.abandoned(generation, batch, commit);
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
