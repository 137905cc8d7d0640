//! One trigger: its consumers, which share its group and one Kafka client.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use emulator_runtime::Invoke;
use emulator_template::model::KafkaTrigger;
use rdkafka::config::FromClientConfigAndContext;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::activity::Activity;
use crate::arrivals::Arrivals;
use crate::assignment::{ConsumerLimit, ranges};
use crate::broker::Broker;
use crate::client::{self, CommitLog, TriggerClient};
use crate::context::Context;
use crate::dispatcher::Dispatcher;
use crate::error::{KafkaError, RebalanceError};
use crate::member::Member;
use crate::poller::Poller;
use crate::position;
use crate::progress::TriggerProgress;
use crate::replay::{self, ReplayFrom, ReplayedPartition};
use crate::status::{TopicStatus, TriggerStatus};

/// A running trigger.
pub(crate) struct Trigger {
    context: Arc<Context>,
    /// Those of the current generation.
    members: Mutex<Vec<Arc<Member>>>,
    /// Their threads. Whoever rebalances holds it.
    pollers: Mutex<Vec<JoinHandle<()>>>,
}

impl Trigger {
    /// Fixes the starting positions, then starts the consumers. Blocks.
    pub fn start(
        broker: &Broker,
        trigger: KafkaTrigger,
        invoke: Arc<dyn Invoke>,
        limit: ConsumerLimit,
        arrivals: Option<Arc<Arrivals>>,
        stop: CancellationToken,
    ) -> Result<Self, KafkaError> {
        let mut config = client::consumer_config(broker);
        config.set("group.id", &trigger.group);
        let client = TriggerClient::from_config_and_context(&config, CommitLog);
        let client = Arc::new(client.map_err(KafkaError::Client)?);
        let start = position::resolve(&client, &trigger)?;
        info!(trigger = trigger.id, topic = trigger.topic, offsets = ?start.offsets, "polling the topic from these offsets");
        let partitions = start.offsets.len();
        client::split_queues(&client, &trigger, partitions);
        let bootstrap = broker.bootstrap_servers().to_owned();
        let producer = match trigger.on_failure {
            Some(_) => Some(client::producer(&bootstrap)?),
            None => None,
        };
        let started = Self {
            context: Arc::new(Context {
                trigger,
                invoke,
                client,
                progress: Arc::new(TriggerProgress::new(start)),
                bootstrap,
                producer,
                arrivals,
                runtime: Handle::current(),
                activity: Activity::start(),
                deliveries: TaskTracker::new(),
                stop,
            }),
            members: Mutex::default(),
            pollers: Mutex::default(),
        };
        let consumers = limit.of(partitions);
        started.join_group(&mut started.pollers(), consumers, None)?;
        Ok(started)
    }

    pub fn definition(&self) -> &KafkaTrigger {
        &self.context.trigger
    }

    pub fn progress(&self) -> &Arc<TriggerProgress> {
        &self.context.progress
    }

    pub fn status(&self, topics: &[TopicStatus]) -> TriggerStatus {
        let trigger = &self.context.trigger;
        let topic = topics.iter().find(|topic| topic.name == trigger.topic);
        let consumers = self
            .members()
            .iter()
            .map(|member| member.status())
            .collect();
        self.context.progress.status(trigger, topic, consumers)
    }

    /// Takes the partitions from all consumers and gives them to so many, or to as many as there were. They begin where the
    /// group has committed: what is in flight is not waited for, and is delivered again beside itself. Blocks.
    pub fn rebalance(&self, consumers: Option<usize>) -> Result<usize, RebalanceError> {
        let partitions = self.context.progress.positions().len();
        let mut pollers = self.pollers();
        if self.context.stop.is_cancelled() {
            return Err(RebalanceError::Stopping);
        }
        let consumers = consumers.unwrap_or(pollers.len());
        if consumers == 0 || consumers > partitions {
            return Err(RebalanceError::Consumers { partitions });
        }
        self.leave_group(&mut pollers);
        self.join_group(&mut pollers, consumers, None)?;
        let trigger = &self.context.trigger.id;
        info!(
            trigger,
            consumers, "the trigger's partitions are rebalanced"
        );
        Ok(consumers)
    }

    /// Takes the partitions from all consumers and gives them back rewound, so that records are delivered again. Blocks.
    pub fn replay(&self, from: ReplayFrom) -> Result<Vec<ReplayedPartition>, RebalanceError> {
        let mut pollers = self.pollers();
        let Context {
            client,
            trigger,
            progress,
            stop,
            ..
        } = &*self.context;
        if stop.is_cancelled() {
            return Err(RebalanceError::Stopping);
        }
        if matches!(from, ReplayFrom::Timestamp(_)) && self.context.arrivals.is_some() {
            return Err(RebalanceError::ByTime);
        }
        let until = progress.positions();
        let rewound = replay::offsets(client, &trigger.topic, from, &until);
        let rewound = rewound.map_err(|source| client::position_error(trigger, source))?;
        let consumers = pollers.len();
        self.leave_group(&mut pollers);
        self.join_group(&mut pollers, consumers, Some(&rewound))?;
        let replayed = replay::replayed(&rewound, &until);
        let records: i64 = replayed.iter().map(|one| one.until - one.from).sum();
        info!(
            trigger = trigger.id,
            topic = trigger.topic,
            records,
            "records are delivered again"
        );
        Ok(replayed)
    }

    /// Waits for the threads to end once the trigger is stopped, and for what is being delivered. Blocks.
    pub fn wait_for_end(&self) {
        self.leave_group(&mut self.pollers());
        let context = &self.context;
        context.deliveries.close();
        context.runtime.block_on(context.deliveries.wait());
    }

    fn leave_group(&self, pollers: &mut Vec<JoinHandle<()>>) {
        for member in self.members().iter() {
            member.leaving.cancel();
        }
        for poller in pollers.iter() {
            poller.thread().unpark();
        }
        for poller in pollers.drain(..) {
            if poller.join().is_err() {
                let trigger = &self.context.trigger.id;
                warn!(trigger, "BUG: a poller's thread panicked");
            }
        }
    }

    /// For pollers that have ended.
    fn join_group(
        &self,
        pollers: &mut Vec<JoinHandle<()>>,
        consumers: usize,
        rewound: Option<&[i64]>,
    ) -> Result<(), KafkaError> {
        let context = &self.context;
        let (generation, positions) = context.progress.rebalance(rewound);
        if rewound.is_some() {
            // Should the emulator end meanwhile, the next start goes on with the replay.
            self.commit(&positions);
        }
        client::assign(&context.client, &context.trigger, &positions)?;
        context.activity.note();
        let assignments = ranges(positions.len(), consumers).into_iter();
        let members = assignments.map(|partitions| {
            Arc::new(Member::new(
                partitions,
                generation,
                context.stop.child_token(),
            ))
        });
        let members: Vec<_> = members.collect();
        for (number, member) in members.iter().enumerate() {
            let dispatcher = Dispatcher {
                context: Arc::clone(context),
                member: Arc::clone(member),
            };
            let poller = std::thread::Builder::new()
                .name(format!("poller-{}-{number}", context.trigger.id))
                .spawn(move || Poller::new(dispatcher).run())
                .map_err(KafkaError::Thread)?;
            pollers.push(poller);
        }
        *self.members() = members;
        Ok(())
    }

    fn commit(&self, positions: &[i64]) {
        let Context {
            client, trigger, ..
        } = &*self.context;
        if let Err(error) = client::commit(client, trigger, positions) {
            warn!(
                trigger = trigger.id,
                %error,
                "the rewound offsets were not committed: should the emulator end now, the replay does, too"
            );
        }
    }

    fn members(&self) -> MutexGuard<'_, Vec<Arc<Member>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pollers(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.pollers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
