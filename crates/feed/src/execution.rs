//! Executing operations for events, and wrapping the results for each who subscribed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Mutex;

use super::frame::Frame;
use super::session::{StoreSubscriptions, SubscriptionId};
use super::{
    EncodeOperations, ExecuteOperations, Executed, FindOperations, LiveEvent, Operation,
    OperationKey,
};
use crate::Result;

/// The most that the texts of operations take which are kept without need.
const MOST_KEPT_BYTES: usize = 64 * 1024 * 1024;

/// Everything that subscriptions to operations need from outside.
#[derive(Clone)]
pub struct OperationPorts {
    /// Where operations are.
    pub operations: Arc<dyn FindOperations>,
    /// What executes them.
    pub execute: Arc<dyn ExecuteOperations>,
    /// In which words results are sent.
    pub encode: Arc<dyn EncodeOperations>,
    /// Where subscriptions are that end.
    pub subscriptions: Arc<dyn StoreSubscriptions>,
}

/// Why nothing more comes on a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// The token has expired with which it was made.
    Expired,
    /// The operation can't be executed: a list of GraphQL errors.
    Impossible(Bytes),
    /// The operation is not stored.
    Lost,
}

/// What all who subscribed to an operation get for some events.
#[derive(Debug, Default)]
pub(crate) struct Product {
    /// How often the operation was executed.
    pub(crate) executions: usize,
    results: Vec<Bytes>,
    /// What comes after the results, if that is the end.
    pub(crate) end: Option<End>,
}

/// Operations by their keys, without those that are not stored.
pub(crate) type Loaded = HashMap<OperationKey, Arc<Operation>>;

/// Executes operations. Kept for the life of the process, since it keeps their texts.
pub(crate) struct Executor {
    ports: OperationPorts,
    kept: Mutex<Loaded>,
}

impl Executor {
    pub(crate) fn new(ports: OperationPorts) -> Self {
        Self {
            ports,
            kept: Mutex::default(),
        }
    }

    pub(crate) fn subscriptions(&self) -> &dyn StoreSubscriptions {
        &*self.ports.subscriptions
    }

    /// The operations with these keys. Those that are not kept are read at once.
    pub(crate) async fn load(&self, wanted: &HashSet<OperationKey>) -> Result<Loaded> {
        let mut loaded = Loaded::with_capacity(wanted.len());
        let mut missing = Vec::new();
        let kept = self.kept.lock().await;
        for key in wanted {
            match kept.get(key) {
                Some(operation) => {
                    loaded.insert(*key, Arc::clone(operation));
                }
                None => missing.push(*key),
            }
        }
        drop(kept);
        if missing.is_empty() {
            return Ok(loaded);
        }
        for operation in self.ports.operations.find_operations(&missing).await? {
            loaded.insert(operation.key, Arc::new(operation));
        }
        for operation in missing.iter().filter(|key| !loaded.contains_key(key)) {
            tracing::warn!(%operation, "an operation that somebody subscribed to is not stored");
        }
        let mut kept = self.kept.lock().await;
        kept.extend(loaded.iter().map(|(key, text)| (*key, Arc::clone(text))));
        let bytes: usize = kept.values().map(|operation| operation.text.len()).sum();
        if bytes > MOST_KEPT_BYTES {
            kept.clone_from(&loaded);
        }
        Ok(loaded)
    }

    /// Keeps only these operations.
    pub(crate) async fn keep(&self, named: &HashSet<OperationKey>) {
        self.kept.lock().await.retain(|key, _| named.contains(key));
    }

    /// Executes an operation for events, in this order, once each. `None` is one that is not stored.
    pub(crate) async fn run(&self, operation: Option<&Operation>, events: &[LiveEvent]) -> Product {
        let mut product = Product::default();
        let Some(operation) = operation else {
            product.end = Some(End::Lost);
            return product;
        };
        for event in events {
            product.executions += 1;
            match self.ports.execute.execute(operation, event).await {
                Executed::Results(results) => product.results.extend(results),
                Executed::Impossible(errors) => {
                    tracing::warn!(operation = %operation.key, "an operation can't be executed");
                    product.end = Some(End::Impossible(errors));
                    break;
                }
            }
        }
        product
    }

    /// What is sent on one subscription, in this order.
    pub(crate) fn frames(&self, id: &SubscriptionId, product: &Product) -> Vec<Frame> {
        let encode = &self.ports.encode;
        let results = product.results.iter();
        let mut frames: Vec<_> = results.map(|result| encode.next(id, result)).collect();
        match &product.end {
            None => {}
            Some(End::Expired) => frames.extend(encode.expired(id)),
            Some(End::Impossible(errors)) => frames.push(encode.error(id, errors)),
            Some(End::Lost) => frames.push(encode.lost(id)),
        }
        frames
    }
}

impl Product {
    /// That the token has expired, and nothing else.
    pub(crate) fn expired() -> Self {
        Self {
            end: Some(End::Expired),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;

    use super::*;
    use crate::fakes::{MemoryFeed, TextOperations, operation_key};

    /// Operations of a little more than half of what is kept; counts how many were read.
    #[derive(Default)]
    struct Large(AtomicUsize);

    #[async_trait]
    impl FindOperations for Large {
        async fn find_operations(&self, keys: &[OperationKey]) -> Result<Vec<Operation>> {
            self.0.fetch_add(keys.len(), Ordering::Relaxed);
            let text = "x".repeat(MOST_KEPT_BYTES / 2 + 1);
            let operation = |key: &OperationKey| Operation {
                key: *key,
                text: text.clone(),
            };
            Ok(keys.iter().map(operation).collect())
        }
    }

    #[tokio::test]
    async fn texts_are_kept_as_long_as_they_are_not_too_many() {
        let large = Arc::<Large>::default();
        let feed = Arc::<MemoryFeed>::default();
        let executor = Executor::new(OperationPorts {
            operations: Arc::<Large>::clone(&large),
            ..feed.ports(Arc::new(TextOperations))
        });
        let wanted = [("a", 1), ("a", 1), ("b", 2), ("b", 2), ("a", 3)];
        for (name, reads) in wanted {
            let key = operation_key(name);
            let loaded = executor.load(&HashSet::from([key])).await.unwrap();
            assert!(loaded.len() == 1 && loaded.contains_key(&key));
            assert_eq!(large.0.load(Ordering::Relaxed), reads, "{name}");
        }
    }
}
