//! All triggers together: start, status, stop.

use std::sync::Arc;

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::FutureProducer;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tokio::runtime::Handle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{info, warn};

use super::batch::BatchBuilder;
use super::delivery::Delivery;
use super::observer::Observer;
use super::poller::{Poller, TriggerContext};
use super::position;
use super::progress::Progress;
use super::status::KafkaStatus;
use super::{Broker, KafkaError, watch};
use crate::invoke::Invoke;
use crate::model::KafkaTrigger;

/// The running triggers.
pub struct Triggers {
    broker: Broker,
    observer: Observer,
    running: Vec<Running>,
    /// Stops the threads when the triggers are dropped.
    stop: DropGuard,
}

struct Running {
    trigger: KafkaTrigger,
    progress: Arc<Progress>,
    thread: std::thread::JoinHandle<()>,
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
        let observer = client_config(broker).create().map_err(KafkaError::Client)?;
        let observer = Observer::new(observer, broker.clone());
        let starts = triggers.iter().map(|trigger| {
            let (broker, trigger, invoke) = (broker.clone(), trigger.clone(), Arc::clone(&invoke));
            let (stop, runtime) = (stop.clone(), Handle::current());
            tokio::task::spawn_blocking(move || start(&broker, trigger, invoke, stop, runtime))
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
            let watch = watch::watch(observer.clone(), watched.collect());
            tokio::spawn(stop.clone().run_until_cancelled_owned(watch));
        }
        Ok(Self {
            broker: broker.clone(),
            observer,
            running,
            stop: stop.drop_guard(),
        })
    }

    /// Topics with their offsets, triggers with their positions, lag and counts. Asks the broker.
    pub async fn status(&self) -> KafkaStatus {
        let (topics, error) = match self.observer.topics().await {
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
    pub async fn stop(self) {
        drop(self.stop);
        let threads = self.running.into_iter().map(|running| {
            tokio::task::spawn_blocking(move || {
                if running.thread.join().is_err() {
                    warn!(
                        trigger = running.trigger.id,
                        "the trigger's thread had panicked"
                    );
                }
            })
        });
        for stopped in futures_util::future::join_all(threads).await {
            if let Err(error) = stopped {
                warn!(%error, "a trigger did not stop in order");
            }
        }
    }
}

fn start(
    broker: &Broker,
    trigger: KafkaTrigger,
    invoke: Arc<dyn Invoke>,
    stop: CancellationToken,
    runtime: Handle,
) -> Result<Running, KafkaError> {
    let mut config = client_config(broker);
    config.set("group.id", &trigger.group);
    let consumer = BaseConsumer::from_config_and_context(&config, TriggerContext)
        .map_err(KafkaError::Client)?;
    let start = position::resolve(&consumer, &trigger)?;
    assign(&consumer, &trigger, &start.offsets)?;
    info!(trigger = trigger.id, topic = trigger.topic, offsets = ?start.offsets, "trigger starts");
    let progress = Arc::new(Progress::new(&start));
    let bootstrap = broker.bootstrap_servers().to_owned();
    let producer = match trigger.on_failure {
        Some(_) => Some(producer(&bootstrap)?),
        None => None,
    };
    let batch = BatchBuilder::new(
        &trigger.cluster_arn,
        &bootstrap,
        &trigger.topic,
        start.offsets.len() as i32,
        trigger.batch_size,
    );
    let delivery = Delivery {
        trigger: trigger.clone(),
        invoke,
        consumer: Arc::new(consumer),
        progress: Arc::clone(&progress),
        bootstrap,
        producer,
        stop,
    };
    let poller = Poller {
        delivery: Arc::new(delivery),
        batch,
        expected: start.offsets,
        embedded: broker.is_embedded(),
        runtime,
    };
    let thread = std::thread::Builder::new()
        .name(format!("trigger-{}", trigger.id))
        .spawn(move || poller.run())
        .map_err(KafkaError::Thread)?;
    Ok(Running {
        trigger,
        progress,
        thread,
    })
}

/// Reads all partitions, by assignment: joining a group takes seconds, and there is but one reader.
fn assign(
    consumer: &BaseConsumer<TriggerContext>,
    trigger: &KafkaTrigger,
    offsets: &[i64],
) -> Result<(), KafkaError> {
    let mut list = TopicPartitionList::new();
    let mut add = |(partition, offset): (i32, i64)| {
        list.add_partition_offset(&trigger.topic, partition, Offset::Offset(offset))
    };
    (0..)
        .zip(offsets.iter().copied())
        .try_for_each(&mut add)
        .and_then(|()| consumer.assign(&list))
        .map_err(|source| KafkaError::Position {
            trigger: trigger.id.clone(),
            topic: trigger.topic.clone(),
            source: Box::new(source),
        })
}

fn client_config(broker: &Broker) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", broker.bootstrap_servers())
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // What expired before it was read is counted as lost; reading goes on with what is left.
        .set("auto.offset.reset", "earliest")
        .set("fetch.min.bytes", "1")
        .set(
            "fetch.wait.max.ms",
            broker.fetch_wait().as_millis().to_string(),
        )
        // The defaults, a second and half a second, would show in the latency.
        .set("fetch.queue.backoff.ms", "10")
        .set("fetch.error.backoff.ms", "50")
        // A broker that comes back is read from again within a second or so, not ten.
        .set("reconnect.backoff.max.ms", "1000")
        .set("socket.timeout.ms", "10000")
        .set("allow.auto.create.topics", "false");
    config
}

fn producer(bootstrap: &str) -> Result<FutureProducer, KafkaError> {
    ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("enable.idempotence", "true")
        .create()
        .map_err(KafkaError::Client)
}
