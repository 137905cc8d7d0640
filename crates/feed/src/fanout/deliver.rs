//! Delivers a batch as its plan says.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::Instant;

use super::audience_cache::AudienceCache;
use super::batch::FeedBatch;
use super::plan::{Delivery, DeliveryPlan};
use super::post::{is_too_late, post};
use super::report::FanoutReport;
use super::shares::Shares;
use super::targets::TargetId;
use crate::encode::EncodeFrames;
use crate::error::Result;
use crate::execution::{ExecuteOperations, Execution, Executor, Loaded};
use crate::ports::FeedPorts;
use crate::progress::TrackDelivery;
use crate::removal::{Removal, RemovalQueue};
use crate::subscriptions::Subscriptions;

/// Makes deliveries as they are asked for.
struct Deliveries<'a> {
    cache: &'a AudienceCache,
    batch: &'a dyn FeedBatch,
    executor: &'a Executor,
    operations: Loaded,
    start: Instant,
    executions: AtomicUsize,
}

/// Delivers batches, and removes what can't be delivered to any more.
pub(super) struct Deliverer {
    ports: FeedPorts,
    executor: Executor,
}

impl Deliverer {
    pub(super) fn new(ports: FeedPorts, execute: Arc<dyn ExecuteOperations>) -> Self {
        Self {
            executor: Executor::new(&ports, execute),
            ports,
        }
    }

    pub(super) fn subscriptions(&self) -> &dyn Subscriptions {
        &*self.ports.subscriptions
    }

    pub(super) fn progress(&self) -> &dyn TrackDelivery {
        &*self.ports.progress
    }

    pub(super) fn encode(&self) -> &dyn EncodeFrames {
        &*self.ports.encode
    }

    /// Delivers a batch. `now_ms` is the present instant in Unix milliseconds.
    ///
    /// # Errors
    /// If operations can't be read. Nothing has been sent then.
    pub(super) async fn deliver(
        &self,
        (cache, removals): (&AudienceCache, &mut RemovalQueue),
        batch: &dyn FeedBatch,
        shares: Shares,
        now_ms: u64,
        report: &mut FanoutReport,
    ) -> Result<()> {
        if report.shard_reads > 0 {
            self.executor.keep(&cache.operations()).await;
        }
        let plan = DeliveryPlan::new(cache, shares, now_ms);
        let deliveries = Deliveries {
            cache,
            batch,
            executor: &self.executor,
            operations: self.executor.load(&plan.operations()).await?,
            start: Instant::now(),
            executions: AtomicUsize::new(0),
        };
        report.connections = cache.count_connections(plan.targets());
        let (start, stream) = (deliveries.start, deliveries.stream(&plan));
        let outcome = post(&*self.ports.push, cache, stream, start).await;
        report.posting_took = start.elapsed();
        report.executions = deliveries.executions.into_inner();
        report.add(&outcome);
        for connection in outcome.gone {
            removals.insert(Removal::Connection(connection));
        }
        for (target, _) in outcome.ended {
            if let (Some(connection), Some(subscription)) =
                (cache.connection(target), cache.subscription(target))
            {
                let (connection, id) = (connection.clone(), subscription.id.clone());
                removals.insert(Removal::Subscription(connection, id));
                cache.forget(target);
            }
        }
        let (connections, subscriptions) = (&*self.ports.connections, &*self.ports.subscriptions);
        removals.remove_some(connections, subscriptions).await;
        Ok(())
    }
}

impl<'a> Deliveries<'a> {
    /// The raw feed comes first: it waits for no execution. Results are made one operation after the other, while
    /// those of the one before are on their way, so that those of many operations don't fill the memory.
    fn stream(&'a self, plan: &'a DeliveryPlan) -> impl Stream<Item = Delivery> + 'a {
        let raw = plan.raw.iter().flat_map(|(share, targets)| {
            let frames: Arc<[_]> = self.batch.frames(share).into();
            targets.iter().map(move |&target| Delivery {
                target,
                frames: Arc::clone(&frames),
                end: None,
            })
        });
        let expired = self.of_execution(Execution::expired(), &plan.expired);
        let live = stream::iter(&plan.live).flat_map(move |(share, by_operation)| {
            let events: Arc<[_]> = self.batch.events(share).into();
            stream::iter(by_operation)
                .then(move |(key, targets)| {
                    let events = Arc::clone(&events);
                    async move {
                        // Nobody would get it.
                        if is_too_late(self.start) {
                            return self.of_execution(Execution::default(), targets);
                        }
                        let operation = self.operations.get(key).map(|operation| &**operation);
                        let execution = self.executor.run(operation, &events).await;
                        self.executions
                            .fetch_add(execution.executions, Ordering::Relaxed);
                        // Posts that wait for an answer must not take this time for their own.
                        tokio::task::yield_now().await;
                        self.of_execution(execution, targets)
                    }
                })
                .flat_map(stream::iter)
        });
        stream::iter(raw).chain(stream::iter(expired)).chain(live)
    }

    /// What one operation has yielded, for each who has subscribed to it.
    fn of_execution(
        &'a self,
        execution: Execution,
        targets: &'a [TargetId],
    ) -> impl Iterator<Item = Delivery> + use<'a> {
        targets.iter().filter_map(move |&target| {
            let subscription = self.cache.subscription(target)?;
            Some(Delivery {
                target,
                frames: self.executor.frames(&subscription.id, &execution).into(),
                end: execution.end.clone(),
            })
        })
    }
}
