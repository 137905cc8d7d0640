use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use app::Causes;
use app::publisher::Published;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use tokio::runtime::Handle;

use super::batch::{Record, RecordSource};
use super::config::{KafkaConfig, Security};
use super::context::{BatchProgress, Context};
use super::error::PublishError;
use super::iam::TokenSource;
use crate::codec::Topic;

/// librdkafka looks for timed out records once a second; what is silent for longer than the delivery
/// timeout and this is not waited for.
const SETTLE_GRACE: Duration = Duration::from_secs(3);
/// Pause while librdkafka's queue is full.
const QUEUE_FULL_PAUSE: Duration = Duration::from_millis(1);

/// How long the thread of a producer waits for delivery reports at a time. Each wait ends with up to a millisecond of waiting busily
/// (rdkafka 0.39, `BaseProducer::poll`), and a producer that nobody holds any more ends after one.
const POLL: Duration = Duration::from_secs(1);

type Client = BaseProducer<Context>;

/// A producer that is idempotent and waits for every acknowledgement.
pub struct KafkaProducer {
    config: KafkaConfig,
    runtime: Handle,
    client: RwLock<Arc<Client>>,
}

impl KafkaProducer {
    /// Starts a producer; connecting is left to the first use. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// If librdkafka refuses the configuration.
    pub fn new(config: KafkaConfig) -> Result<Self, KafkaError> {
        let runtime = Handle::current();
        let client = RwLock::new(start(&config, &runtime)?);
        Ok(Self {
            config,
            runtime,
            client,
        })
    }

    /// Makes sure that these topics can be reached, so that the first batch doesn't pay for connecting.
    ///
    /// # Errors
    /// [`app::Error::Unavailable`] after the delivery timeout.
    pub async fn connect(&self, topics: &'static [Topic]) -> app::Result<()> {
        let client = self.client();
        let timeout = self.config.delivery_timeout;
        let connecting = move || topics.iter().try_for_each(|t| find(&client, *t, timeout));
        blocking(connecting).await.map_err(PublishError::into_app)
    }

    /// Publishes every record and returns when all are acknowledged, with the records themselves, to
    /// publish them again if need be.
    ///
    /// # Errors
    /// [`app::Error::Unavailable`] if any record was not acknowledged within the delivery timeout, with the
    /// number and the first cause; [`app::Error::Internal`] if the broker refuses what it is sent. The others
    /// may have arrived.
    pub async fn publish_batch<S: RecordSource>(&self, source: S) -> (S, app::Result<Published>) {
        let (source, result) = self.attempt(source).await;
        (source, result.map_err(PublishError::into_app))
    }

    pub(super) async fn attempt<S: RecordSource>(
        &self,
        source: S,
    ) -> (S, Result<Published, PublishError>) {
        let client = self.client();
        let progress = Arc::new(BatchProgress::new());
        let patience = self.config.delivery_timeout + SETTLE_GRACE;
        let enqueueing = {
            let (client, progress) = (Arc::clone(&client), Arc::clone(&progress));
            move || {
                let enqueued = enqueue(&client, &source, &progress, patience);
                progress.close(enqueued.published.records);
                (source, enqueued)
            }
        };
        let (source, enqueued) = blocking(enqueueing).await;
        let settled = tokio::time::timeout(patience, progress.completed()).await;
        let result = if settled.is_err() && progress.unsettled() > 0 {
            Err(PublishError::Unsettled {
                unsettled: progress.unsettled(),
            })
        } else {
            outcome(enqueued, &progress, &client)
        };
        if result.is_err() {
            self.replace_if_broken(&client);
        }
        (source, result)
    }

    fn client(&self) -> Arc<Client> {
        Arc::clone(&self.client.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// An idempotent producer that can't keep its promise refuses all further work: it is replaced.
    fn replace_if_broken(&self, client: &Client) {
        let Some((code, reason)) = client.client().fatal_error() else {
            return;
        };
        tracing::error!(%code, reason, "the Kafka producer has failed for good, starting a new one");
        match start(&self.config, &self.runtime) {
            Ok(fresh) => {
                *self.client.write().unwrap_or_else(PoisonError::into_inner) = fresh;
            }
            Err(error) => {
                tracing::error!(
                    error = %Causes(&error),
                    "starting a new Kafka producer failed, publishing fails until the next attempt"
                );
            }
        }
    }
}

fn start(config: &KafkaConfig, runtime: &Handle) -> Result<Arc<Client>, KafkaError> {
    let tokens = match &config.security {
        Security::Plaintext => None,
        Security::Iam {
            region,
            credentials,
        } => Some(TokenSource::new(
            region.clone(),
            credentials.clone(),
            runtime.clone(),
        )),
    };
    let client: Client = config
        .client_config()
        .create_with_context(Context::new(tokens, config.topics.clone()))?;
    let client = Arc::new(client);
    let polled = Arc::downgrade(&client);
    std::thread::Builder::new()
        .name("kafka-producer".to_owned())
        .spawn(move || {
            while let Some(client) = polled.upgrade() {
                client.poll(POLL);
            }
        })
        .map_err(|error| KafkaError::ClientCreation(error.to_string()))?;
    Ok(client)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work)
        .await
        .expect("BUG: talking to librdkafka doesn't panic")
}

fn find(client: &Client, topic: Topic, timeout: Duration) -> Result<(), PublishError> {
    let client = client.client();
    let name = client.context().topics().name(topic);
    let problem = match client.fetch_metadata(Some(name), timeout) {
        Ok(metadata) => match metadata.topics().first().and_then(|topic| topic.error()) {
            Some(error) => KafkaError::MetadataFetch(error.into()),
            None => return Ok(()),
        },
        Err(error) => error,
    };
    let trouble = client.context().trouble();
    Err(PublishError::Connect {
        topic: name.into(),
        trouble,
        source: problem,
    })
}

/// What was handed to librdkafka.
struct Enqueued {
    published: Published,
    /// Records that were not, because of the error.
    left: u64,
    error: Option<KafkaError>,
}

fn enqueue<S: RecordSource>(
    client: &Client,
    source: &S,
    progress: &Arc<BatchProgress>,
    patience: Duration,
) -> Enqueued {
    let give_up_at = Instant::now() + patience;
    let mut enqueued = Enqueued {
        published: Published::default(),
        left: 0,
        error: None,
    };
    for record in source.records() {
        if enqueued.error.is_some() {
            enqueued.left += 1;
            continue;
        }
        let bytes = record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
        match send(client, record, progress, give_up_at) {
            Ok(()) => {
                enqueued.published.records += 1;
                enqueued.published.bytes += bytes as u64;
            }
            Err(error) => {
                enqueued.left += 1;
                enqueued.error = Some(error);
            }
        }
    }
    enqueued
}

fn send(
    client: &Client,
    record: Record<'_>,
    progress: &Arc<BatchProgress>,
    give_up_at: Instant,
) -> Result<(), KafkaError> {
    let mut attempt = BaseRecord {
        topic: client.context().topics().name(record.topic),
        partition: None,
        payload: record.value,
        key: record.key,
        timestamp: None,
        headers: record.headers,
        delivery_opaque: Arc::clone(progress),
    };
    loop {
        match client.send(attempt) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back))
                if Instant::now() < give_up_at =>
            {
                attempt = back;
                std::thread::sleep(QUEUE_FULL_PAUSE);
            }
            Err((error, _)) => return Err(error),
        }
    }
}

fn outcome(
    enqueued: Enqueued,
    progress: &BatchProgress,
    client: &Client,
) -> Result<Published, PublishError> {
    let Some(first) = progress.take_first_error().or(enqueued.error) else {
        client.client().context().forget_trouble();
        return Ok(Published {
            price_ends: progress.price_ends(),
            ..enqueued.published
        });
    };
    Err(PublishError::Records {
        failed: progress.failed() + enqueued.left,
        total: enqueued.published.records + enqueued.left,
        trouble: client.client().context().trouble(),
        first,
    })
}

#[cfg(test)]
mod tests;
