//! Telling a user of what concerns them alone, on all their connections.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::UserId;
use futures_util::{StreamExt as _, stream};
use tokio::sync::Mutex;

use super::departed::{Departed, Departure};
use super::execution::{End, Executor, OperationPorts, Product};
use super::frame::{Frame, PushFrames};
use super::session::SubscriptionId;
use super::{
    AudienceEntry, AudienceShard, ConnectionId, LiveEvent, LiveOperation, PushError, ReadAudience,
    Topic,
};
use crate::{Causes, Result};

/// Connections of a user that are written to at a time.
const IN_FLIGHT: usize = 64;

/// Finds the open connections of users.
#[async_trait]
pub trait FindConnections: Send + Sync {
    /// The connections on which a user has authenticated and that speak the raw feed. One that was opened
    /// a moment ago may be missing.
    async fn connections_of(&self, user: UserId) -> Result<Vec<ConnectionId>>;
}

/// Everything that telling users takes.
pub struct TellPorts {
    /// Where users read the raw feed.
    pub connections: Arc<dyn FindConnections>,
    /// What they have subscribed to.
    pub audience: Arc<dyn ReadAudience>,
    /// By which way they are told.
    pub push: Arc<dyn PushFrames>,
    /// What subscriptions to operations take.
    pub operations: OperationPorts,
}

/// Something that a user is told.
#[derive(Debug, Clone)]
pub struct News {
    /// For their raw feeds.
    pub frame: Frame,
    /// For their subscriptions.
    pub event: LiveEvent,
}

/// Tells users of what concerns them alone: their connections that speak the raw feed, unasked, and their
/// subscriptions to operations. Kept for the life of the process, since it keeps operations and what is still to be
/// removed.
pub struct TellUser {
    ports: TellPorts,
    executor: Executor,
    departed: Mutex<Departed>,
}

/// What one raw feed or one subscription is sent.
struct Letter {
    connection: ConnectionId,
    frames: Vec<Frame>,
    /// `None` if it goes to a raw feed.
    subscription: Option<SubscriptionId>,
}

impl TellUser {
    /// Nothing is kept yet.
    #[must_use]
    pub fn new(ports: TellPorts) -> Self {
        Self {
            executor: Executor::new(ports.operations.clone()),
            ports,
            departed: Mutex::default(),
        }
    }

    /// Tells a user the news, in this order, as far as that can be done, and gives how many frames were sent. Each may
    /// take as long as `budget`, with retries. `topic` is what subscriptions must be to; `now_ms` is the present
    /// instant in Unix milliseconds.
    pub async fn tell(
        &self,
        user: UserId,
        topic: &Topic,
        news: &[News],
        now_ms: u64,
        budget: Duration,
    ) -> usize {
        let (feeds, subscriptions) = tokio::join!(
            self.to_feeds(user, news),
            self.to_subscriptions(user, topic, news, now_ms)
        );
        let feeds = feeds.unwrap_or_else(|error| {
            tracing::warn!(error = %Causes(&error), "a user's connections could not be found");
            Vec::new()
        });
        let subscriptions = subscriptions.unwrap_or_else(|error| {
            tracing::warn!(error = %Causes(&error), "a user's subscriptions could not be found");
            Vec::new()
        });
        stream::iter(feeds.into_iter().chain(subscriptions))
            .map(async |letter| self.send(letter, budget).await)
            .buffer_unordered(IN_FLIGHT)
            .fold(0, async |sum, sent| sum + sent)
            .await
    }

    /// Removes connections that are gone and subscriptions that have ended, for a second at most; what is left comes
    /// the next time.
    pub async fn tidy(&self) {
        let subscriptions = self.executor.subscriptions();
        let mut departed = self.departed.lock().await;
        departed
            .remove_some(&*self.ports.audience, subscriptions)
            .await;
    }

    async fn to_feeds(&self, user: UserId, news: &[News]) -> Result<Vec<Letter>> {
        let connections = self.ports.connections.connections_of(user).await?;
        let letter = |connection| Letter {
            connection,
            frames: news.iter().map(|news| news.frame.clone()).collect(),
            subscription: None,
        };
        Ok(connections.into_iter().map(letter).collect())
    }

    async fn to_subscriptions(
        &self,
        user: UserId,
        topic: &Topic,
        news: &[News],
        now_ms: u64,
    ) -> Result<Vec<Letter>> {
        let mut entries = self.entries(user, topic).await?;
        // Those with the same operation stand together, those that have expired first of all.
        let valid = |operation: &LiveOperation| {
            let is_valid = !operation.is_expired(now_ms);
            is_valid.then_some(operation.key)
        };
        entries.sort_by_key(|(_, operation)| valid(operation));
        let keys: HashSet<_> = entries
            .iter()
            .filter_map(|(_, operation)| valid(operation))
            .collect();
        let operations = self.executor.load(&keys).await?;
        let events: Vec<_> = news.iter().map(|news| news.event.clone()).collect();
        let mut letters = Vec::with_capacity(entries.len());
        for same in entries.chunk_by(|(_, a), (_, b)| valid(a) == valid(b)) {
            let product = match valid(&same[0].1) {
                None => Product::expired(),
                Some(key) => {
                    let operation = operations.get(&key).map(|operation| &**operation);
                    self.executor.run(operation, &events).await
                }
            };
            for (entry, _) in same {
                letters.push(self.letter(entry, &product).await);
            }
        }
        Ok(letters)
    }

    /// The user's subscriptions to operations of this topic, without those that have ended.
    async fn entries(
        &self,
        user: UserId,
        topic: &Topic,
    ) -> Result<Vec<(AudienceEntry, LiveOperation)>> {
        let entries = self
            .ports
            .audience
            .audience(AudienceShard::Own(user))
            .await?;
        let departed = self.departed.lock().await;
        let live = entries.into_iter().filter_map(|entry| {
            let operation = entry.operation?;
            let connection = Departure::Connection(entry.connection.clone());
            let has_ended = departed.contains(&connection) || departed.contains(&departure(&entry));
            (entry.topic == *topic && !has_ended).then_some((entry, operation))
        });
        Ok(live.collect())
    }

    async fn letter(&self, entry: &AudienceEntry, product: &Product) -> Letter {
        if let Some(end) = &product.end {
            let reason = match end {
                End::Expired => "expired",
                End::Impossible(_) => "impossible",
                End::Lost => "lost",
            };
            tracing::info!(reason, "a user's subscription has ended");
            self.departed.lock().await.insert(departure(entry));
        }
        Letter {
            connection: entry.connection.clone(),
            frames: self.executor.frames(&entry.subscription, product),
            subscription: Some(entry.subscription.clone()),
        }
    }

    /// Gives how many frames were sent.
    async fn send(&self, letter: Letter, budget: Duration) -> usize {
        let mut sent = 0;
        for frame in &letter.frames {
            let push = &self.ports.push;
            match push.push_frame(&letter.connection, frame, budget).await {
                Ok(()) => sent += 1,
                Err(PushError::Gone) => {
                    // A raw feed may belong to a connection that is about to be opened.
                    if letter.subscription.is_some() {
                        let gone = Departure::Connection(letter.connection.clone());
                        self.departed.lock().await.insert(gone);
                    }
                    break;
                }
                Err(error @ (PushError::Throttled | PushError::Failed(_))) => {
                    tracing::warn!(error = %Causes(&error), "a connection could not be told");
                }
            }
        }
        sent
    }
}

fn departure(entry: &AudienceEntry) -> Departure {
    Departure::Subscription(entry.connection.clone(), entry.subscription.clone())
}

#[cfg(test)]
mod tests;
