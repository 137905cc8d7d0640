//! All triggers together: start, status, stop.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use emulator_runtime::Invoke;
use emulator_template::model::KafkaTrigger;
use rdkafka::config::FromClientConfigAndContext;
use tokio::runtime::Handle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{info, warn};

use crate::arrivals::Arrivals;
use crate::broker::Broker;
use crate::client::{self, CommitLog, TriggerConsumer};
use crate::dispatcher::Dispatcher;
use crate::error::KafkaError;
use crate::offsets::OffsetReader;
use crate::poller::Poller;
use crate::progress::TriggerProgress;
use crate::status::KafkaStatus;
use crate::{position, retention};

/// The running triggers. Dropping them stops them.
pub struct Triggers {
    broker: Broker,
    offsets: OffsetReader,
    running: Vec<Running>,
    stop: CancellationToken,
    _stop_on_drop: DropGuard,
}

struct Running {
    trigger: KafkaTrigger,
    progress: Arc<TriggerProgress>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Triggers {
    /// Starts all triggers. When it returns, every starting position is fixed: a record produced from
    /// now on will be delivered.
    ///
    /// # Errors
    /// When a topic is missing or the broker does not answer.
    pub async fn start(
        broker: &Broker,
        triggers: &[KafkaTrigger],
        invoke: Arc<dyn Invoke>,
    ) -> Result<Self, KafkaError> {
        let stop = CancellationToken::new();
        let consumer = client::consumer_config(broker).create();
        let offsets = OffsetReader::new(consumer.map_err(KafkaError::Client)?, broker.clone());
        let arrivals = match broker.is_embedded() {
            true => Some(watch_arrivals(broker, &stop)?),
            false => None,
        };
        let starts = triggers.iter().map(|trigger| {
            let (broker, trigger, invoke) = (broker.clone(), trigger.clone(), Arc::clone(&invoke));
            let (stop, arrivals) = (stop.clone(), arrivals.clone());
            tokio::task::spawn_blocking(move || start(&broker, trigger, invoke, stop, arrivals))
        });
        let mut running = Vec::new();
        for start in futures_util::future::join_all(starts).await {
            match start
                .map_err(|error| KafkaError::Thread(error.into()))
                .flatten()
            {
                Ok(started) => running.push(started),
                Err(error) => {
                    stop.cancel();
                    return Err(error);
                }
            }
        }
        if broker.is_embedded() {
            let watched = running
                .iter()
                .map(|one| (one.trigger.clone(), Arc::clone(&one.progress)));
            let watch = retention::watch(offsets.clone(), watched.collect());
            tokio::spawn(stop.clone().run_until_cancelled_owned(watch));
        }
        Ok(Self {
            broker: broker.clone(),
            offsets,
            running,
            _stop_on_drop: stop.clone().drop_guard(),
            stop,
        })
    }

    /// Topics with their offsets, triggers with their positions, lag and counts. Asks the broker.
    pub async fn status(&self) -> KafkaStatus {
        let (topics, error) = match self.offsets.topics().await {
            Ok(topics) => (topics, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let triggers = self.running.iter().map(|running| {
            let topic = topics
                .iter()
                .find(|topic| topic.name == running.trigger.topic);
            running.progress.status(&running.trigger, topic)
        });
        KafkaStatus {
            bootstrap_servers: self.broker.bootstrap_servers().to_owned(),
            embedded: self.broker.is_embedded(),
            triggers: triggers.collect(),
            topics,
            error,
        }
    }

    /// Stops reading, and waits for the batches that are being delivered (not for their retries).
    pub async fn stop(&self) {
        self.stop.cancel();
        for running in &self.running {
            let Some(thread) = running.take_thread() else {
                continue;
            };
            let joined = tokio::task::spawn_blocking(move || thread.join().is_ok()).await;
            if !joined.unwrap_or(false) {
                let trigger = &running.trigger.id;
                warn!(trigger, "BUG: the poller's thread panicked");
            }
        }
    }
}

impl Running {
    fn take_thread(&self) -> Option<JoinHandle<()>> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        thread.take()
    }
}

fn watch_arrivals(broker: &Broker, stop: &CancellationToken) -> Result<Arc<Arrivals>, KafkaError> {
    let consumer = client::consumer_config(broker).create();
    let consumer = consumer.map_err(KafkaError::Client)?;
    Arrivals::watch(consumer, broker.clone(), stop.clone()).map_err(KafkaError::Thread)
}

fn start(
    broker: &Broker,
    trigger: KafkaTrigger,
    invoke: Arc<dyn Invoke>,
    stop: CancellationToken,
    arrivals: Option<Arc<Arrivals>>,
) -> Result<Running, KafkaError> {
    let mut config = client::consumer_config(broker);
    config.set("group.id", &trigger.group);
    let consumer =
        TriggerConsumer::from_config_and_context(&config, CommitLog).map_err(KafkaError::Client)?;
    let start = position::resolve(&consumer, &trigger)?;
    client::assign(&consumer, &trigger, &start.offsets)?;
    info!(trigger = trigger.id, topic = trigger.topic, offsets = ?start.offsets, "polling the topic from these offsets");
    let progress = Arc::new(TriggerProgress::new(&start));
    let bootstrap = broker.bootstrap_servers().to_owned();
    let producer = match trigger.on_failure {
        Some(_) => Some(client::producer(&bootstrap)?),
        None => None,
    };
    let dispatcher = Dispatcher {
        trigger: trigger.clone(),
        invoke,
        consumer: Arc::new(consumer),
        progress: Arc::clone(&progress),
        bootstrap,
        producer,
        stop,
    };
    let poller = Poller::new(dispatcher, arrivals, Handle::current());
    let thread = std::thread::Builder::new()
        .name(format!("poller-{}", trigger.id))
        .spawn(move || poller.run())
        .map_err(KafkaError::Thread)?;
    Ok(Running {
        trigger,
        progress,
        thread: Mutex::new(Some(thread)),
    })
}
