//! All triggers together: start, status, rebalances, stop.

use std::sync::Arc;

use emulator_runtime::Invoke;
use emulator_template::model::KafkaTrigger;
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::warn;

use crate::arrivals::Arrivals;
use crate::assignment::ConsumerLimit;
use crate::broker::Broker;
use crate::client;
use crate::error::{KafkaError, RebalanceError};
use crate::offsets::OffsetReader;
use crate::replay::{ReplayFrom, ReplayedPartition};
use crate::retention;
use crate::status::{KafkaStatus, TopicOffsets};
use crate::trigger::Trigger;

/// The running triggers. Dropping them stops them.
pub struct Triggers {
    broker: Broker,
    offsets: OffsetReader,
    running: Vec<Arc<Trigger>>,
    stop: CancellationToken,
    _stop_on_drop: DropGuard,
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
        limit: ConsumerLimit,
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
            tokio::task::spawn_blocking(move || {
                Trigger::start(&broker, trigger, invoke, limit, arrivals, stop)
            })
        });
        let mut running = Vec::new();
        for start in futures_util::future::join_all(starts).await {
            match start
                .map_err(|error| KafkaError::Thread(error.into()))
                .flatten()
            {
                Ok(started) => running.push(Arc::new(started)),
                Err(error) => {
                    stop.cancel();
                    return Err(error);
                }
            }
        }
        if broker.is_embedded() {
            let watched = running
                .iter()
                .map(|one| (one.definition().clone(), Arc::clone(one.progress())));
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

    /// Topics with their offsets, triggers with their consumers, positions, lag and counts. Asks the broker.
    pub async fn status(&self) -> KafkaStatus {
        let TopicOffsets { topics, error } = self.offsets.read().await;
        KafkaStatus {
            bootstrap_servers: self.broker.address(),
            embedded: self.broker.is_embedded(),
            triggers: self
                .running
                .iter()
                .map(|trigger| trigger.status(&topics))
                .collect(),
            topics,
            error,
        }
    }

    /// The declared topics with their offsets. Asks the broker.
    pub async fn topics(&self) -> TopicOffsets {
        self.offsets.read().await
    }

    /// Gives the partitions of a trigger to so many consumers, or to as many as there are: all begin where the group has
    /// committed, whatever is in flight, as when AWS scales a trigger or a consumer ends. Returns how many there are.
    ///
    /// # Errors
    /// When there is no such trigger, it can't have so many consumers, or it is stopping.
    pub async fn rebalance(
        &self,
        trigger: &str,
        consumers: Option<usize>,
    ) -> Result<usize, RebalanceError> {
        let trigger = self.find(trigger)?;
        tokio::task::spawn_blocking(move || trigger.rebalance(consumers))
            .await
            .map_err(|error| KafkaError::Thread(error.into()))?
    }

    /// Delivers to a trigger again what it has had since then. Returns what that is.
    ///
    /// # Errors
    /// When there is no such trigger, it is stopping, or the broker does not answer.
    pub async fn replay(
        &self,
        trigger: &str,
        from: ReplayFrom,
    ) -> Result<Vec<ReplayedPartition>, RebalanceError> {
        let trigger = self.find(trigger)?;
        tokio::task::spawn_blocking(move || trigger.replay(from))
            .await
            .map_err(|error| KafkaError::Thread(error.into()))?
    }

    fn find(&self, id: &str) -> Result<Arc<Trigger>, RebalanceError> {
        let mut running = self.running.iter();
        let found = running.find(|running| running.definition().id == id);
        found.cloned().ok_or(RebalanceError::NoTrigger)
    }

    /// Stops reading, and waits for the batches that are being delivered (not for their retries).
    pub async fn stop(&self) {
        self.stop.cancel();
        let ends = self.running.iter().map(|trigger| {
            let trigger = Arc::clone(trigger);
            tokio::task::spawn_blocking(move || trigger.wait_for_end())
        });
        for ended in futures_util::future::join_all(ends).await {
            if let Err(error) = ended {
                warn!(%error, "BUG: a trigger could not be waited for");
            }
        }
    }
}

impl Drop for Triggers {
    fn drop(&mut self) {
        let running = std::mem::take(&mut self.running);
        // A Kafka client waits for its broker to take a last commit, for ever if that is gone.
        let dropping = std::thread::Builder::new()
            .name("triggers-end".to_owned())
            .spawn(move || drop(running));
        if let Err(error) = dropping {
            warn!(%error, "the triggers' Kafka clients were closed by whoever stopped them");
        }
    }
}

fn watch_arrivals(broker: &Broker, stop: &CancellationToken) -> Result<Arc<Arrivals>, KafkaError> {
    let consumer = client::consumer_config(broker).create();
    let consumer = consumer.map_err(KafkaError::Client)?;
    Arrivals::watch(consumer, broker.clone(), stop.clone()).map_err(KafkaError::Thread)
}
