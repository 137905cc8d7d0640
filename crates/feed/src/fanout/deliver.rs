//! Carries a plan out.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::Instant;

use super::audience_cache::AudienceCache;
use super::batch::Batch;
use super::outlets::Slot;
use super::plan::{Delivery, Plan};
use super::post::{is_too_late, post};
use super::shares::Shares;
use super::{FanOut, FanoutReport};
use crate::Result;
use crate::departed::{Departed, Departure};
use crate::execution::{Executor, Loaded, Product};

/// Makes deliveries as they are asked for.
struct Maker<'a> {
    cache: &'a AudienceCache,
    batch: &'a dyn Batch,
    executor: &'a Executor,
    operations: Loaded,
    start: Instant,
    executions: AtomicUsize,
}

impl FanOut {
    /// Sends a batch. `now_ms` is the present instant in Unix milliseconds.
    ///
    /// # Errors
    /// If operations can't be read. Nothing has been sent then.
    pub(super) async fn deliver(
        &self,
        cache: &AudienceCache,
        departed: &mut Departed,
        batch: &dyn Batch,
        shares: Shares,
        now_ms: u64,
        report: &mut FanoutReport,
    ) -> Result<()> {
        if report.shard_reads > 0 {
            self.executor.keep(&cache.operations()).await;
        }
        let plan = Plan::new(cache, shares, now_ms);
        let maker = Maker {
            cache,
            batch,
            executor: &self.executor,
            operations: self.executor.load(&plan.operations()).await?,
            start: Instant::now(),
            executions: AtomicUsize::new(0),
        };
        report.connections = cache.count_connections(plan.slots());
        let outcome = post(
            &*self.ports.push,
            cache,
            maker.deliveries(&plan),
            maker.start,
        )
        .await;
        report.posting_took = maker.start.elapsed();
        report.executions = maker.executions.into_inner();
        report.add(&outcome);
        for connection in outcome.gone {
            departed.insert(Departure::Connection(connection));
        }
        for (slot, _) in outcome.ended {
            if let (Some(connection), Some(subscribed)) =
                (cache.connection(slot), cache.subscribed(slot))
            {
                let (connection, id) = (connection.clone(), subscribed.id.clone());
                departed.insert(Departure::Subscription(connection, id));
                cache.forget(slot);
            }
        }
        let subscriptions = self.executor.subscriptions();
        departed
            .remove_some(&*self.ports.audience, subscriptions)
            .await;
        Ok(())
    }
}

impl<'a> Maker<'a> {
    /// The raw feed comes first: it waits for no execution. Results are made one operation after the other, while
    /// those of the one before are on their way, so that those of many operations don't fill the memory.
    fn deliveries(&'a self, plan: &'a Plan) -> impl Stream<Item = Delivery> + 'a {
        let raw = plan.raw.iter().flat_map(|(share, slots)| {
            let frames: Arc<[_]> = self.batch.frames(share).into();
            slots.iter().map(move |&slot| Delivery {
                slot,
                frames: Arc::clone(&frames),
                end: None,
            })
        });
        let expired = self.products(Product::expired(), &plan.expired);
        let live = stream::iter(&plan.live).flat_map(move |(share, executions)| {
            let events: Arc<[_]> = self.batch.events(share).into();
            stream::iter(executions)
                .then(move |(key, slots)| {
                    let events = Arc::clone(&events);
                    async move {
                        // Nobody would get it.
                        if is_too_late(self.start) {
                            return self.products(Product::default(), slots);
                        }
                        let operation = self.operations.get(key).map(|operation| &**operation);
                        let product = self.executor.run(operation, &events).await;
                        self.executions
                            .fetch_add(product.executions, Ordering::Relaxed);
                        // Posts that wait for an answer must not take this time for their own.
                        tokio::task::yield_now().await;
                        self.products(product, slots)
                    }
                })
                .flat_map(stream::iter)
        });
        stream::iter(raw).chain(stream::iter(expired)).chain(live)
    }

    /// What one operation has yielded, for each who has subscribed to it.
    fn products(
        &'a self,
        product: Product,
        slots: &'a [Slot],
    ) -> impl Iterator<Item = Delivery> + use<'a> {
        slots.iter().filter_map(move |&slot| {
            let subscribed = self.cache.subscribed(slot)?;
            Some(Delivery {
                slot,
                frames: self.executor.frames(&subscribed.id, &product).into(),
                end: product.end.clone(),
            })
        })
    }
}
