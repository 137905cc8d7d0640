//! Executing operations for events, and wrapping the results for each who subscribed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Mutex;

use crate::encode::EncodeFrames;
use crate::error::Result;
use crate::event::LiveEvent;
use crate::frame::Frame;
use crate::operation::{Operation, OperationKey};
use crate::ports::FeedPorts;
use crate::subscription::SubscriptionId;
use crate::subscriptions::Subscriptions;
use crate::weighted_lru::WeightedLru;

/// The most that the texts of operations take which are kept without need.
const MOST_KEPT_BYTES: usize = 64 * 1024 * 1024;

/// What came of an operation and an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Executed {
    /// Results, ready to be sent in this order. More than one if the event is too large for a single frame.
    Results(Vec<Bytes>),
    /// The operation can't be executed: a list of GraphQL errors.
    Impossible(Bytes),
}

/// Executes operations. Kept for the life of a process, since it remembers operations that it has parsed.
#[async_trait]
pub trait ExecuteOperations: Send + Sync {
    /// Executes an operation for one event.
    async fn execute(&self, operation: &Operation, event: &LiveEvent) -> Executed;
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

impl End {
    /// A word for logs.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Impossible(_) => "impossible",
            Self::Lost => "lost",
        }
    }
}

/// What came of executing an operation for some events: all who subscribed to it get the same.
#[derive(Debug, Default)]
pub(crate) struct Execution {
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
    subscriptions: Arc<dyn Subscriptions>,
    execute: Arc<dyn ExecuteOperations>,
    encode: Arc<dyn EncodeFrames>,
    kept: Mutex<WeightedLru<OperationKey, Arc<Operation>>>,
}

impl Executor {
    pub(crate) fn new(ports: &FeedPorts, execute: Arc<dyn ExecuteOperations>) -> Self {
        Self {
            subscriptions: Arc::clone(&ports.subscriptions),
            execute,
            encode: Arc::clone(&ports.encode),
            kept: Mutex::new(WeightedLru::new(usize::MAX, MOST_KEPT_BYTES)),
        }
    }

    /// The operations with these keys. Those that are not kept are read at once.
    pub(crate) async fn load(&self, wanted: &HashSet<OperationKey>) -> Result<Loaded> {
        let mut loaded = Loaded::with_capacity(wanted.len());
        let mut missing = Vec::new();
        let mut kept = self.kept.lock().await;
        for key in wanted {
            match kept.get(key) {
                Some(operation) => {
                    loaded.insert(*key, operation);
                }
                None => missing.push(*key),
            }
        }
        drop(kept);
        if missing.is_empty() {
            return Ok(loaded);
        }
        let found = self.subscriptions.find_operations(&missing).await?;
        let mut kept = self.kept.lock().await;
        for operation in found {
            let (key, bytes) = (operation.key, operation.text.len());
            let operation = Arc::new(operation);
            kept.insert(key, Arc::clone(&operation), bytes);
            loaded.insert(key, operation);
        }
        drop(kept);
        for operation in missing.iter().filter(|key| !loaded.contains_key(key)) {
            tracing::warn!(%operation, "an operation is missing from the store, its subscriptions end");
        }
        Ok(loaded)
    }

    /// Keeps only these operations.
    pub(crate) async fn keep(&self, named: &HashSet<OperationKey>) {
        self.kept.lock().await.retain(|key| named.contains(key));
    }

    /// Executes an operation for events, in this order, once each. `None` is one that is not stored.
    pub(crate) async fn run(
        &self,
        operation: Option<&Operation>,
        events: &[LiveEvent],
    ) -> Execution {
        let mut execution = Execution::default();
        let Some(operation) = operation else {
            execution.end = Some(End::Lost);
            return execution;
        };
        for event in events {
            execution.executions += 1;
            match self.execute.execute(operation, event).await {
                Executed::Results(results) => execution.results.extend(results),
                Executed::Impossible(errors) => {
                    tracing::warn!(operation = %operation.key, "executing an operation failed, its subscriptions end");
                    execution.end = Some(End::Impossible(errors));
                    break;
                }
            }
        }
        execution
    }

    /// What is sent on one subscription, in this order.
    pub(crate) fn frames(&self, id: &SubscriptionId, execution: &Execution) -> Vec<Frame> {
        let encode = &self.encode;
        let results = execution.results.iter();
        let mut frames: Vec<_> = results.map(|result| encode.next(id, result)).collect();
        match &execution.end {
            None => {}
            Some(End::Expired) => frames.extend(encode.expired(id)),
            Some(End::Impossible(errors)) => frames.push(encode.error(id, errors)),
            Some(End::Lost) => frames.push(encode.lost(id)),
        }
        frames
    }
}

impl Execution {
    /// That the token has expired, and nothing else.
    pub(crate) fn expired() -> Self {
        Self {
            end: Some(End::Expired),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests;
