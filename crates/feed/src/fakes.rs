//! The audience, operations and connections in memory, for tests.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{Shard, Tick, UserId};

use super::frame::{Frame, PushFrames};
use super::session::{Added, Connection, StoreSubscriptions, Subscription, SubscriptionId};
use super::{
    AudienceEntry, AudienceShard, ConnectionId, EncodeOperations, ExecuteOperations, Executed,
    FindOperations, LiveEvent, LiveOperation, Operation, OperationKey, OperationPorts, PushError,
    ReadAudience, TellPorts, TellUser, Topic, Versions,
};
use crate::FindConnections;
use crate::{Error, Result};

/// The instant, in seconds since the Unix epoch, at which the tokens of [`live_operation`] expire.
pub const EXPIRES_AT: u64 = 4_000_000_000;

/// A feed, and what was done with it. Each result of an operation is a JSON string that begins with its text.
#[derive(Default)]
pub struct MemoryFeed(Mutex<Known>);

/// What [`MemoryFeed`] knows.
#[derive(Default)]
pub struct Known {
    /// Who listens.
    pub audience: HashMap<AudienceShard, Vec<AudienceEntry>>,
    /// The versions of alerts.
    pub alerts: Vec<(Shard, u64)>,
    /// Whether the audience can't be read.
    pub audience_fails: bool,
    /// What was sent, to whom.
    pub posts: Vec<(String, Bytes)>,
    /// Connections that are gone.
    pub gone: HashSet<String>,
    /// Connections that were removed.
    pub closed: Vec<ConnectionId>,
    /// Operations that are stored.
    pub stored: HashMap<OperationKey, String>,
    /// The keys of each reading.
    pub reads: Vec<Vec<OperationKey>>,
    /// The texts of those that were executed, each as often as it was.
    pub executed: Vec<String>,
    /// The subscriptions that were removed.
    pub removed: Vec<(ConnectionId, SubscriptionId)>,
    /// Whether operations can't be read.
    pub reads_fail: bool,
    /// Whether subscriptions can't be removed.
    pub removals_fail: bool,
}

/// The key that an operation with this text has here.
///
/// # Panics
/// If the text has more than 32 bytes.
#[must_use]
pub fn operation_key(text: &str) -> OperationKey {
    let mut key = [0; 32];
    key[..text.len()].copy_from_slice(text.as_bytes());
    OperationKey(key)
}

/// A subscription to the operation with this text, until [`EXPIRES_AT`].
#[must_use]
pub fn live_operation(text: &str) -> LiveOperation {
    LiveOperation {
        key: operation_key(text),
        expires_at: EXPIRES_AT,
    }
}

impl MemoryFeed {
    /// Everything that is known.
    ///
    /// # Panics
    /// If a thread has panicked while it knew.
    pub fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().expect("nobody panics")
    }

    /// Stores an operation. One that begins with `impossible` can't be executed, one that begins with `twice` has two
    /// results for each event.
    pub fn store(&self, text: &str) {
        let key = operation_key(text);
        self.known().stored.insert(key, text.to_owned());
    }

    /// Subscribes to every tick from 0 on: to the raw feed, or to an operation.
    ///
    /// # Panics
    /// If `id` is no id of a subscription.
    pub fn subscribe(
        &self,
        (connection, id): (&str, &str),
        (shard, topic): (AudienceShard, Topic),
        operation: Option<LiveOperation>,
    ) {
        let entry = AudienceEntry {
            connection: ConnectionId(connection.into()),
            subscription: SubscriptionId::parse(id).expect("a valid id"),
            topic,
            live_from: Tick(0),
            every: 1,
            operation,
        };
        self.known().audience.entry(shard).or_default().push(entry);
    }

    /// What was sent since this was last asked, sorted by connection.
    pub fn take_posts(&self) -> Vec<(String, String)> {
        let posts = std::mem::take(&mut self.known().posts).into_iter();
        let text = |body: Bytes| String::from_utf8_lossy(&body).into_owned();
        let mut posts: Vec<_> = posts.map(|(to, body)| (to, text(body))).collect();
        posts.sort_by(|(a, _), (b, _)| a.cmp(b));
        posts
    }

    /// What tells users of this feed, whose raw feeds are `connections`.
    #[must_use]
    pub fn tell_user(
        self: &Arc<Self>,
        connections: Arc<dyn FindConnections>,
        encode: Arc<dyn EncodeOperations>,
    ) -> TellUser {
        TellUser::new(TellPorts {
            connections,
            audience: Arc::<Self>::clone(self),
            push: Arc::<Self>::clone(self),
            operations: self.ports(encode),
        })
    }

    /// Ports that all lead here, but for the encoding.
    #[must_use]
    pub fn ports(self: &Arc<Self>, encode: Arc<dyn EncodeOperations>) -> OperationPorts {
        OperationPorts {
            operations: Arc::<Self>::clone(self),
            execute: Arc::<Self>::clone(self),
            encode,
            subscriptions: Arc::<Self>::clone(self),
        }
    }
}

fn outage() -> Error {
    Error::Unavailable {
        what: "the feed",
        source: "out of order".into(),
    }
}

#[async_trait]
impl ReadAudience for MemoryFeed {
    async fn versions(&self, shards: &[AudienceShard]) -> Result<Versions> {
        let known = self.known();
        if known.audience_fails {
            return Err(outage());
        }
        let mut versions: Versions = shards.iter().map(|shard| (*shard, 1)).collect();
        versions.alerts.clone_from(&known.alerts);
        Ok(versions)
    }

    async fn audience(&self, shard: AudienceShard) -> Result<Vec<AudienceEntry>> {
        let known = self.known();
        if known.audience_fails {
            return Err(outage());
        }
        Ok(known.audience.get(&shard).cloned().unwrap_or_default())
    }

    async fn remove_connection(&self, connection: &ConnectionId) -> Result<()> {
        let mut known = self.known();
        known.closed.push(connection.clone());
        for entries in known.audience.values_mut() {
            entries.retain(|entry| entry.connection != *connection);
        }
        Ok(())
    }
}

#[async_trait]
impl PushFrames for MemoryFeed {
    async fn push_frame(
        &self,
        to: &ConnectionId,
        frame: &Frame,
        _: Duration,
    ) -> Result<(), PushError> {
        let mut known = self.known();
        if known.gone.contains(&*to.0) {
            return Err(PushError::Gone);
        }
        known.posts.push((to.0.to_string(), frame.body()));
        Ok(())
    }
}

#[async_trait]
impl FindOperations for MemoryFeed {
    async fn find_operations(&self, keys: &[OperationKey]) -> Result<Vec<Operation>> {
        let mut known = self.known();
        if known.reads_fail {
            return Err(outage());
        }
        known.reads.push(keys.to_vec());
        let find = |key: &OperationKey| {
            let text = known.stored.get(key)?.clone();
            Some(Operation { key: *key, text })
        };
        Ok(keys.iter().filter_map(find).collect())
    }
}

#[async_trait]
impl ExecuteOperations for MemoryFeed {
    async fn execute(&self, operation: &Operation, event: &LiveEvent) -> Executed {
        let text = &operation.text;
        self.known().executed.push(text.clone());
        if text.starts_with("impossible") {
            return Executed::Impossible(Bytes::from_static(b"[]"));
        }
        let times = if text.starts_with("twice") { 2 } else { 1 };
        let result = format!("\"{text} {}\"", describe(event));
        Executed::Results(vec![result.into(); times])
    }
}

fn describe(event: &LiveEvent) -> String {
    match event {
        LiveEvent::Prices { prices, .. } => {
            let each = prices.prices.iter();
            let each = each.map(|(user, price)| format!(" {user} {price}"));
            format!("{}{}", prices.tick, each.collect::<String>())
        }
        LiveEvent::Market { summary, .. } => format!("market {}", summary.tick),
        LiveEvent::Registered(newcomer) => format!("registered {}", newcomer.user_id),
        LiveEvent::SnapshotSaved(saved) => format!("saved {}", saved.snapshot.id),
        LiveEvent::AlertFired { crossed, .. } => format!("fired {}", crossed.price),
    }
}

#[async_trait]
impl StoreSubscriptions for MemoryFeed {
    async fn add_subscription(&self, _: &Connection, _: UserId, _: &Subscription) -> Result<Added> {
        Ok(Added::NoConnection)
    }

    async fn remove_subscription(
        &self,
        connection: &ConnectionId,
        id: &SubscriptionId,
    ) -> Result<bool> {
        let mut known = self.known();
        if known.removals_fail {
            return Err(outage());
        }
        known.removed.push((connection.clone(), id.clone()));
        for entries in known.audience.values_mut() {
            entries.retain(|entry| (&entry.connection, &entry.subscription) != (connection, id));
        }
        Ok(true)
    }

    async fn note_end(&self, _: &ConnectionId, _: &SubscriptionId, _: u64) -> Result<()> {
        unreachable!("nobody ends what has yet to come")
    }

    async fn clear_end(&self, _: &ConnectionId, _: &SubscriptionId) -> Result<()> {
        unreachable!("nobody ends what has yet to come")
    }

    async fn subscriptions(&self, _: &ConnectionId) -> Result<Vec<Subscription>> {
        Ok(Vec::new())
    }
}

/// Frames that a test can read, a line each.
pub struct TextOperations;

impl EncodeOperations for TextOperations {
    fn next(&self, id: &SubscriptionId, result: &Bytes) -> Frame {
        Frame::wrapped(format!("{id} next "), result.clone(), b"\n")
    }

    fn error(&self, id: &SubscriptionId, errors: &Bytes) -> Frame {
        Frame::wrapped(format!("{id} error "), errors.clone(), b"\n")
    }

    fn lost(&self, id: &SubscriptionId) -> Frame {
        Frame::new(format!("{id} lost\n"))
    }

    fn expired(&self, id: &SubscriptionId) -> Vec<Frame> {
        let frames = [format!("{id} expired\n"), format!("{id} complete\n")];
        frames.map(Frame::new).to_vec()
    }
}
