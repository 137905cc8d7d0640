use std::collections::BTreeMap;
use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::PriceUpdate;
use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::{ClientContext, Message};
use tokio::sync::Notify;
use tracing::{Level, debug, enabled, error, info, warn};

use super::iam::TokenSource;
use crate::codec::{Payload as _, TopicNames};

/// What librdkafka calls back.
pub(super) struct Context {
    tokens: Option<TokenSource>,
    topics: TopicNames,
    /// What was last heard of trouble with the brokers: a timed out record alone doesn't say why.
    last_trouble: Mutex<Option<String>>,
}

impl Context {
    pub(super) fn new(tokens: Option<TokenSource>, topics: TopicNames) -> Self {
        Self {
            tokens,
            topics,
            last_trouble: Mutex::new(None),
        }
    }

    /// What topics are called.
    pub(super) fn topics(&self) -> &TopicNames {
        &self.topics
    }

    /// What was last heard of trouble with the brokers. librdkafka doesn't repeat itself, so it holds until
    /// the brokers acknowledge something.
    pub(super) fn trouble(&self) -> Option<String> {
        lock(&self.last_trouble).clone()
    }

    /// The brokers have acknowledged a batch: trouble is over.
    pub(super) fn forget_trouble(&self) {
        *lock(&self.last_trouble) = None;
    }
}

impl ClientContext for Context {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg
            | RDKafkaLogLevel::Alert
            | RDKafkaLogLevel::Critical
            | RDKafkaLogLevel::Error => error!(target: "librdkafka", facility, "{message}"),
            RDKafkaLogLevel::Warning => warn!(target: "librdkafka", facility, "{message}"),
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
                info!(target: "librdkafka", facility, "{message}");
            }
            RDKafkaLogLevel::Debug => debug!(target: "librdkafka", facility, "{message}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // Not logged here: librdkafka overcomes most of it, and the rest is part of a publication's error.
        debug!(target: "librdkafka", %error, reason, "trouble with the brokers");
        let mut trouble = lock(&self.last_trouble);
        // That all brokers are down comes after the reason why the last of them is.
        if trouble.is_none() || error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown)
        {
            *trouble = Some(reason.to_owned());
        }
    }

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        let Some(tokens) = &self.tokens else {
            return Err("OAUTHBEARER is only configured for IAM".into());
        };
        tokens.token().inspect_err(|error| {
            error!(
                error = error.as_ref(),
                "signing a token for MSK failed, publishing waits until one can be signed"
            );
        })
    }
}

impl ProducerContext for Context {
    type DeliveryOpaque = Arc<BatchProgress>;

    fn delivery(&self, result: &DeliveryResult<'_>, progress: Self::DeliveryOpaque) {
        match result {
            Ok(record) => {
                if enabled!(Level::DEBUG) {
                    let (topic, partition, offset) =
                        (record.topic(), record.partition(), record.offset());
                    debug!(topic, partition, offset, "record acknowledged");
                }
                if record.topic() == self.topics.name(PriceUpdate::TOPIC) {
                    progress.acknowledge_price(record.partition(), record.offset());
                }
            }
            Err((error, _)) => progress.fail(error),
        }
        progress.settle();
    }
}

/// How far a batch has come: one for all its records.
#[derive(Debug)]
pub(super) struct BatchProgress {
    /// Records enqueued in all, known once the last is.
    enqueued: AtomicU64,
    /// Records acknowledged or failed.
    settled: AtomicU64,
    failed: AtomicU64,
    first_error: Mutex<Option<KafkaError>>,
    /// By partition of the price topic, the offset after the last record that was acknowledged.
    price_ends: Mutex<BTreeMap<i32, i64>>,
    complete: Notify,
}

impl BatchProgress {
    pub(super) fn new() -> Self {
        Self {
            enqueued: AtomicU64::new(u64::MAX),
            settled: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            first_error: Mutex::new(None),
            price_ends: Mutex::default(),
            complete: Notify::new(),
        }
    }

    /// Says that this many records were enqueued and no more will be.
    pub(super) fn close(&self, enqueued: u64) {
        self.enqueued.store(enqueued, Ordering::SeqCst);
        if self.settled.load(Ordering::SeqCst) == enqueued {
            self.complete.notify_one();
        }
    }

    /// Returns when every record is settled.
    pub(super) async fn completed(&self) {
        self.complete.notified().await;
    }

    pub(super) fn unsettled(&self) -> u64 {
        let settled = self.settled.load(Ordering::SeqCst);
        self.enqueued.load(Ordering::SeqCst).saturating_sub(settled)
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed.load(Ordering::SeqCst)
    }

    pub(super) fn take_first_error(&self) -> Option<KafkaError> {
        lock(&self.first_error).take()
    }

    /// By partition of the price topic, the offset after the last record that was acknowledged.
    pub(super) fn price_ends(&self) -> Vec<(i32, i64)> {
        let ends = lock(&self.price_ends);
        ends.iter()
            .map(|(partition, end)| (*partition, *end))
            .collect()
    }

    fn acknowledge_price(&self, partition: i32, offset: i64) {
        let mut ends = lock(&self.price_ends);
        let end = ends.entry(partition).or_default();
        *end = (*end).max(offset + 1);
    }

    fn fail(&self, error: &KafkaError) {
        if self.failed.fetch_add(1, Ordering::SeqCst) == 0 {
            *lock(&self.first_error) = Some(error.clone());
        }
    }

    fn settle(&self) {
        let settled = self.settled.fetch_add(1, Ordering::SeqCst) + 1;
        if settled == self.enqueued.load(Ordering::SeqCst) {
            self.complete.notify_one();
        }
    }
}

/// No holder leaves the value half changed, so a poisoned lock is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
