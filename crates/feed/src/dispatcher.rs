//! Dispatches events that concern one user alone to all their connections.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use domain::UserId;
use futures_util::{StreamExt as _, stream};
use tokio::sync::Mutex;

use crate::audience::{AudienceEntry, AudienceShard, Interest};
use crate::connection::{ConnectionId, Protocol};
use crate::error::{Causes, Result};
use crate::event::LiveEvent;
use crate::execution::{ExecuteOperations, Execution, Executor};
use crate::frame::Frame;
use crate::operation::LiveOperation;
use crate::ports::FeedPorts;
use crate::push::PushError;
use crate::removal::{Removal, RemovalQueue};
use crate::subscription::SubscriptionId;

/// Connections of a user that are written to at a time.
const IN_FLIGHT: usize = 64;

/// Dispatches events to the user whom they concern: unasked to their connections that speak the raw feed, and to their
/// subscriptions to operations. Kept for the life of the process, since it keeps operations and what is still to be
/// removed.
pub struct EventDispatcher {
    ports: FeedPorts,
    executor: Executor,
    removals: Mutex<RemovalQueue>,
}

/// What one raw feed or one subscription is sent.
struct UserDelivery {
    connection: ConnectionId,
    frames: Vec<Frame>,
    /// `None` if it goes to a raw feed.
    subscription: Option<SubscriptionId>,
}

impl EventDispatcher {
    /// A dispatcher that keeps nothing yet.
    #[must_use]
    pub fn new(ports: FeedPorts, execute: Arc<dyn ExecuteOperations>) -> Self {
        Self {
            executor: Executor::new(&ports, execute),
            ports,
            removals: Mutex::default(),
        }
    }

    /// Dispatches events to a user, in this order, as far as that can be done, and gives how many frames were sent. Each
    /// may take as long as `budget`, with retries. `now_ms` is the present instant in Unix milliseconds.
    pub async fn dispatch(
        &self,
        user: UserId,
        events: &[LiveEvent],
        now_ms: u64,
        budget: Duration,
    ) -> usize {
        let (feeds, subscriptions) = tokio::join!(
            self.to_feeds(user, events),
            self.to_subscriptions(user, events, now_ms)
        );
        let feeds = feeds.unwrap_or_else(|error| {
            tracing::warn!(%user, error = %Causes(&error), "finding a user's connections failed, their raw feeds miss an event");
            Vec::new()
        });
        let subscriptions = subscriptions.unwrap_or_else(|error| {
            tracing::warn!(%user, error = %Causes(&error), "finding a user's subscriptions failed, they miss an event");
            Vec::new()
        });
        stream::iter(feeds.into_iter().chain(subscriptions))
            .map(async |delivery| self.send(delivery, budget).await)
            .buffer_unordered(IN_FLIGHT)
            .fold(0, async |sum, sent| sum + sent)
            .await
    }

    /// Removes connections that are gone and subscriptions that have ended, for a second at most; what is left comes
    /// the next time.
    pub async fn remove_ended(&self) {
        let (connections, subscriptions) = (&*self.ports.connections, &*self.ports.subscriptions);
        let mut removals = self.removals.lock().await;
        removals.remove_some(connections, subscriptions).await;
    }

    async fn to_feeds(&self, user: UserId, events: &[LiveEvent]) -> Result<Vec<UserDelivery>> {
        let connections = self
            .ports
            .connections
            .connections_of(user)
            .await?
            .into_iter();
        let frames = events
            .iter()
            .filter_map(|event| self.ports.encode.user_event(event));
        let frames: Vec<_> = frames.collect();
        Ok(connections
            .filter(|connection| connection.protocol == Protocol::FastfusionV1)
            .map(|connection| UserDelivery {
                connection: connection.id,
                frames: frames.clone(),
                subscription: None,
            })
            .collect())
    }

    async fn to_subscriptions(
        &self,
        user: UserId,
        events: &[LiveEvent],
        now_ms: u64,
    ) -> Result<Vec<UserDelivery>> {
        let mut entries = self.entries(user).await?;
        // Those with the same operation stand together, those that have expired first of all.
        let valid = |entry: &(AudienceEntry, LiveOperation)| {
            let is_valid = !entry.1.is_expired(now_ms);
            is_valid.then_some(entry.1.key)
        };
        entries.retain(|(entry, _)| events.iter().any(|event| concerns(event, &entry.interest)));
        entries.sort_by_key(valid);
        let keys: HashSet<_> = entries.iter().filter_map(valid).collect();
        let operations = self.executor.load(&keys).await?;
        let mut deliveries = Vec::with_capacity(entries.len());
        for same in entries.chunk_by(|a, b| valid(a) == valid(b)) {
            let execution = match valid(&same[0]) {
                None => Execution::expired(),
                Some(key) => {
                    let operation = operations.get(&key).map(|operation| &**operation);
                    let interest = &same[0].0.interest;
                    let events = events.iter().filter(|event| concerns(event, interest));
                    let events: Vec<_> = events.cloned().collect();
                    self.executor.run(operation, &events).await
                }
            };
            for (entry, _) in same {
                deliveries.push(self.delivery(entry, &execution).await);
            }
        }
        Ok(deliveries)
    }

    /// The user's subscriptions to operations, without those that have ended.
    async fn entries(&self, user: UserId) -> Result<Vec<(AudienceEntry, LiveOperation)>> {
        let shard = AudienceShard::Own(user);
        let entries = self.ports.subscriptions.audience(shard).await?;
        let removals = self.removals.lock().await;
        let live = entries.into_iter().filter_map(|entry| {
            let operation = entry.operation?;
            let connection = Removal::Connection(entry.connection.clone());
            let has_ended = removals.contains(&connection) || removals.contains(&removal(&entry));
            (!has_ended).then_some((entry, operation))
        });
        Ok(live.collect())
    }

    async fn delivery(&self, entry: &AudienceEntry, execution: &Execution) -> UserDelivery {
        if let Some(end) = &execution.end {
            let (connection, reason) = (&*entry.connection.0, end.reason());
            tracing::info!(connection, reason, "a user's subscription has ended");
            self.removals.lock().await.insert(removal(entry));
        }
        UserDelivery {
            connection: entry.connection.clone(),
            frames: self.executor.frames(&entry.subscription, execution),
            subscription: Some(entry.subscription.clone()),
        }
    }

    /// Gives how many frames were sent.
    async fn send(&self, delivery: UserDelivery, budget: Duration) -> usize {
        let mut sent = 0;
        let connection = &delivery.connection;
        for frame in &delivery.frames {
            match self.ports.push.push(connection, frame, budget).await {
                Ok(()) => sent += 1,
                Err(PushError::Gone) => {
                    // A raw feed may belong to a connection that is about to be opened.
                    if delivery.subscription.is_some() {
                        let gone = Removal::Connection(connection.clone());
                        self.removals.lock().await.insert(gone);
                    }
                    break;
                }
                Err(error @ (PushError::Throttled | PushError::Failed(_))) => {
                    let (connection, error) = (&*connection.0, Causes(&error));
                    tracing::warn!(connection, %error, "sending an event failed, the connection misses it");
                }
            }
        }
        sent
    }
}

fn removal(entry: &AudienceEntry) -> Removal {
    Removal::Subscription(entry.connection.clone(), entry.subscription.clone())
}

/// Whether a subscription of this interest is told of the event.
fn concerns(event: &LiveEvent, interest: &Interest) -> bool {
    match event {
        LiveEvent::SnapshotSaved(_) => *interest == Interest::Snapshots,
        LiveEvent::AlertFired { .. } => *interest == Interest::Alerts,
        LiveEvent::Prices { .. } | LiveEvent::Market { .. } | LiveEvent::Registered(_) => false,
    }
}

#[cfg(test)]
mod tests;
