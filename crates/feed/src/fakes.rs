//! The feed's ports in memory, for tests here and in other crates: one set for all of them.

mod clients;
mod frames;
mod ids;
mod store;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use domain::{Tick, UserId};
use tokio::time::{Instant, sleep};

use crate::audience::{AudienceEntry, AudienceShard, Interest};
use crate::authentication::{Authenticated, VerifyToken};
use crate::clock::Clock;
use crate::connection::{Connection, ConnectionId, KnownConnection, Protocol};
use crate::dispatcher::EventDispatcher;
use crate::error::{Error, Result};
use crate::fanout::FanOut;
use crate::frame::Frame;
use crate::operation::{LiveOperation, OperationKey};
use crate::ports::FeedPorts;
use crate::progress::DeliveryProgress;
use crate::push::PushError;
use crate::reply::Reply;
use crate::subscription::{Subscription, SubscriptionId};

pub use ids::*;

/// The instant, in seconds since the Unix epoch, at which the tokens of [`live_operation`] expire.
pub const EXPIRES_AT: u64 = 4_000_000_000;
/// The tick in which the clock of a [`MemoryFeed`] begins.
pub const START: Tick = Tick(353_445_120);
/// So many prices make a frame of the raw feed.
pub const PRICES_PER_FRAME: usize = 4;

/// How a connection behaves that does not just take what it is sent.
#[derive(Debug, Clone, Copy)]
pub enum Behaviour {
    /// It no longer exists.
    Gone,
    /// It throttles so many attempts.
    Throttles(usize),
    /// It answers nothing until the attempt times out.
    Hangs,
    /// It takes nothing.
    Refuses,
    /// It can't be closed.
    StaysOpen,
}

/// A frame that was sent.
#[derive(Debug, Clone)]
pub struct Post {
    /// Where it went.
    pub to: ConnectionId,
    /// `closed` says that the connection was closed.
    pub frame: Frame,
    /// When it arrived.
    pub at: Instant,
}

/// The feed's ports in memory. Each result of an operation is a JSON string that begins with its text; frames are text
/// that a test can read.
pub struct MemoryFeed {
    known: Mutex<Known>,
    started: Instant,
    started_ms: u64,
}

/// What a [`MemoryFeed`] holds, how it behaves, and what was done with it.
#[derive(Default)]
pub struct Known {
    /// Who listens, with the versions of the shards.
    pub audience: HashMap<AudienceShard, (u64, Vec<AudienceEntry>)>,
    /// The shards of each check of versions.
    pub version_checks: Vec<Vec<AudienceShard>>,
    /// The shards that were read.
    pub shard_reads: Vec<AudienceShard>,
    /// Connections that have sent messages, or may.
    pub connections: HashMap<ConnectionId, Connection>,
    /// Connections by user; everybody's without one.
    pub owned: Vec<(Option<UserId>, KnownConnection)>,
    /// Connections that were removed.
    pub closed: Vec<ConnectionId>,
    /// Subscriptions of the connections above.
    pub subscriptions: BTreeMap<SubscriptionId, Subscription>,
    /// Those of them that are live.
    pub live: BTreeSet<SubscriptionId>,
    /// What clients have ended before it was added.
    pub ended: Vec<SubscriptionId>,
    /// Subscriptions that were removed.
    pub removed: Vec<(ConnectionId, SubscriptionId)>,
    /// Operations that are stored.
    pub stored: HashMap<OperationKey, String>,
    /// The keys of each reading of operations.
    pub reads: Vec<Vec<OperationKey>>,
    /// The texts of those that were executed, each as often as it was.
    pub executed: Vec<String>,
    /// Who has registered.
    pub users: Vec<UserId>,
    /// How often all users were read.
    pub roster_reads: usize,
    /// Connections that don't just take what they are sent.
    pub behaviours: HashMap<ConnectionId, Behaviour>,
    /// What was sent, in order.
    pub posts: Vec<Post>,
    /// How often each connection was sent something.
    pub attempts: HashMap<ConnectionId, usize>,
    /// The replies of which frames were made.
    pub replies: Vec<Reply>,
    /// How far prices have come.
    pub progress: DeliveryProgress,
    /// What is out of order, and how slow the rest is.
    pub faults: Faults,
}

/// What is out of order, and how slow the rest is.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// The audience can't be read.
    pub audience: bool,
    /// Operations can't be read.
    pub operations: bool,
    /// How far prices have come can't be read or kept.
    pub progress: bool,
    /// Connections can't be looked up.
    pub connections: bool,
    /// Subscriptions can't be removed.
    pub subscription_removals: bool,
    /// Connections can't be removed.
    pub connection_removals: bool,
    /// What adding a subscription takes.
    pub store_ms: u64,
    /// What making it live takes; it is after half of that.
    pub live_ms: u64,
    /// What sending a frame takes.
    pub send_ms: u64,
    /// From which frame on sending fails, and how.
    pub send_fails: Option<(usize, fn() -> PushError)>,
    /// So many frames come before the last of each reply that is no refusal.
    pub more_frames: usize,
}

impl Default for MemoryFeed {
    fn default() -> Self {
        Self::started_at(START.starts_at_ms())
    }
}

impl MemoryFeed {
    /// A feed whose clock shows this instant now, in Unix milliseconds.
    #[must_use]
    pub fn started_at(started_ms: u64) -> Self {
        Self {
            known: Mutex::default(),
            started: Instant::now(),
            started_ms,
        }
    }

    /// Everything that is known.
    ///
    /// # Panics
    /// If a thread has panicked while it knew.
    pub fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("nobody panics")
    }

    /// Stores an operation. One that begins with `impossible` can't be executed, one that begins with `twice` has two
    /// results for each event.
    pub fn store(&self, text: &str) {
        let key = operation_key(text);
        self.known().stored.insert(key, text.to_owned());
    }

    /// Opens a connection that speaks the raw feed: of this user, or of everybody.
    pub fn open(&self, id: &str, user: Option<UserId>) {
        let known = KnownConnection {
            id: connection(id),
            protocol: Protocol::FastfusionV1,
        };
        self.known().owned.push((user, known));
    }

    /// Says how a connection behaves.
    pub fn behave(&self, id: &str, behaviour: Behaviour) {
        self.known().behaviours.insert(connection(id), behaviour);
    }

    /// Subscribes to every tick from 0 on: to the raw feed, or to an operation.
    pub fn subscribe(
        &self,
        to: (&str, &str),
        (shard, interest): (AudienceShard, Interest),
        operation: Option<LiveOperation>,
    ) {
        self.listen(to, (shard, interest), (0, 1), operation);
    }

    /// Subscribes to ticks from one on that a number divides.
    pub fn listen(
        &self,
        (id, subscription): (&str, &str),
        (shard, interest): (AudienceShard, Interest),
        (live_from, every): (u64, u32),
        operation: Option<LiveOperation>,
    ) {
        let entry = AudienceEntry {
            connection: connection(id),
            subscription: subscription_id(subscription),
            interest,
            live_from: Tick(live_from),
            every,
            operation,
        };
        let mut known = self.known();
        let (version, entries) = known.audience.entry(shard).or_default();
        *version += 1;
        entries.push(entry);
    }

    /// Ports that all lead here.
    #[must_use]
    pub fn ports(self: &Arc<Self>) -> FeedPorts {
        FeedPorts {
            clock: Arc::<Self>::clone(self),
            connections: Arc::<Self>::clone(self),
            subscriptions: Arc::<Self>::clone(self),
            progress: Arc::<Self>::clone(self),
            push: Arc::<Self>::clone(self),
            encode: Arc::<Self>::clone(self),
        }
    }

    /// A fan-out whose ports all lead here.
    #[must_use]
    pub fn fan_out(self: &Arc<Self>) -> FanOut {
        FanOut::new(self.ports(), Arc::<Self>::clone(self))
    }

    /// A dispatcher whose ports all lead here.
    #[must_use]
    pub fn dispatcher(self: &Arc<Self>) -> EventDispatcher {
        EventDispatcher::new(self.ports(), Arc::<Self>::clone(self))
    }
}

#[async_trait]
impl Clock for MemoryFeed {
    fn now_ms(&self) -> u64 {
        let elapsed = u64::try_from(self.started.elapsed().as_millis());
        self.started_ms + elapsed.expect("a test is short")
    }

    async fn sleep_until(&self, at_ms: u64) {
        sleep(Duration::from_millis(at_ms.saturating_sub(self.now_ms()))).await;
    }
}

#[async_trait]
impl VerifyToken for MemoryFeed {
    /// A token is `<user number> <expiry in Unix seconds>`.
    async fn verify(&self, token: &str, _now_ms: u64) -> Result<Authenticated> {
        let bad = || Error::Unauthenticated("the token is malformed");
        let (n, expires_at) = token.split_once(' ').ok_or_else(bad)?;
        Ok(Authenticated {
            user_id: user(n.parse().map_err(|_| bad())?),
            expires_at: expires_at.parse().map_err(|_| bad())?,
            role: Default::default(),
        })
    }
}
