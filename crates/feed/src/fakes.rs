//! The feed's ports in memory, for tests here and in other crates: one set for all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::market::Summary;
use domain::{Price, Shard, Tick, UserId};
use tokio::time::{Instant, sleep};

use crate::audience::{AudienceEntry, AudienceShard, Interest, Versions};
use crate::authentication::{Authenticated, VerifyToken};
use crate::clock::Clock;
use crate::connection::{
    Authentication, Connection, ConnectionId, Connections, KnownConnection, NewConnection, Protocol,
};
use crate::dispatcher::EventDispatcher;
use crate::encode::EncodeFrames;
use crate::error::{Error, Result};
use crate::event::{LiveEvent, Newcomer, TickPrices};
use crate::execution::{ExecuteOperations, Executed};
use crate::fanout::FanOut;
use crate::frame::Frame;
use crate::limits::MAX_SUBSCRIPTIONS;
use crate::message_error::MessageError;
use crate::operation::{LiveOperation, Operation, OperationKey};
use crate::ports::FeedPorts;
use crate::push::{Push, PushError};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::session::FindUsers;
use crate::subscription::{Added, Subscription, SubscriptionId, Subscriptions};
use crate::violation::Violation;

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
    /// The versions of alerts.
    pub alerts: Vec<(Shard, u64)>,
    /// The shards of each check of versions.
    pub version_checks: Vec<Vec<AudienceShard>>,
    /// The shards that were read.
    pub shard_reads: Vec<AudienceShard>,
    /// Connections as they were opened.
    pub opened: Vec<NewConnection>,
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

/// The connection with this id.
#[must_use]
pub fn connection(id: &str) -> ConnectionId {
    ConnectionId(id.into())
}

/// The subscription with this id.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn subscription_id(id: &str) -> SubscriptionId {
    SubscriptionId::parse(id).expect("a valid id")
}

/// A user who registered long before [`START`].
#[must_use]
pub fn user(n: u64) -> UserId {
    registered_at(START.minus(1_000_000), n)
}

/// A user who registered during a tick.
#[must_use]
pub fn registered_at(tick: Tick, n: u64) -> UserId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    UserId::generate(tick.starts_at_ms() + 17, &random)
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

    /// What was sent since this was last asked, sorted by connection.
    pub fn take_posts(&self) -> Vec<(String, String)> {
        let posts = std::mem::take(&mut self.known().posts).into_iter();
        let mut posts: Vec<_> = posts
            .map(|post| (post.to.0.to_string(), post.frame.text()))
            .collect();
        posts.sort_by(|(a, _), (b, _)| a.cmp(b));
        posts
    }

    /// What a connection was sent since this was last asked, line by line.
    pub fn take(&self, id: &str) -> Vec<String> {
        let mut known = self.known();
        let posts = known.posts.drain(..).partition(|post| *post.to.0 == *id);
        let (mine, others): (Vec<Post>, Vec<Post>) = posts;
        known.posts = others;
        let lines: String = mine.iter().map(|post| post.frame.text()).collect();
        lines.lines().map(str::to_owned).collect()
    }

    /// Notes that a frame has arrived.
    pub fn arrived(&self, to: &ConnectionId, frame: &Frame) {
        self.known().posts.push(Post {
            to: to.clone(),
            frame: frame.clone(),
            at: Instant::now(),
        });
    }

    /// Ports that all lead here.
    #[must_use]
    pub fn ports(self: &Arc<Self>) -> FeedPorts {
        FeedPorts {
            clock: Arc::<Self>::clone(self),
            connections: Arc::<Self>::clone(self),
            subscriptions: Arc::<Self>::clone(self),
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

    fn attempt(&self, to: &ConnectionId) -> Result<(), Option<PushError>> {
        let mut known = self.known();
        *known.attempts.entry(to.clone()).or_default() += 1;
        let sends: usize = known.attempts.values().sum();
        if let Some((from, error)) = known.faults.send_fails
            && sends >= from
        {
            return Err(Some(error()));
        }
        match known.behaviours.get_mut(to) {
            Some(Behaviour::Gone) => Err(Some(PushError::Gone)),
            Some(Behaviour::Throttles(times)) if *times > 0 => {
                *times -= 1;
                Err(Some(PushError::Throttled))
            }
            Some(Behaviour::Hangs) => Err(None),
            Some(Behaviour::Refuses) => Err(Some(PushError::Failed("forbidden".into()))),
            Some(Behaviour::Throttles(_) | Behaviour::StaysOpen) | None => Ok(()),
        }
    }
}

fn works(is_broken: bool) -> Result<()> {
    if is_broken {
        return Err(Error::Unavailable {
            what: "the feed",
            source: "out of order".into(),
        });
    }
    Ok(())
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

impl Known {
    /// Takes entries out of the audience; false if there are none such.
    fn remove_entries(&mut self, is_removed: impl Fn(&AudienceEntry) -> bool) -> bool {
        let mut any = false;
        for (version, entries) in self.audience.values_mut() {
            let before = entries.len();
            entries.retain(|entry| !is_removed(entry));
            *version += u64::from(before != entries.len());
            any |= before != entries.len();
        }
        any
    }

    fn claim(
        &mut self,
        id: &ConnectionId,
        identity: Authenticated,
        claim: impl FnOnce(&mut Connection) -> bool,
    ) -> Authentication {
        let Some(connection) = self.connections.get_mut(id) else {
            return Authentication::NoConnection;
        };
        if !claim(connection) {
            return Authentication::Already;
        }
        connection.identity = Some(identity);
        Authentication::Done
    }
}

#[async_trait]
impl Connections for MemoryFeed {
    async fn store_connection(&self, new: &NewConnection) -> Result<()> {
        let mut known = self.known();
        works(known.faults.connections)?;
        let connection = Connection {
            id: new.id.clone(),
            connected_at_ms: new.connected_at_ms,
            protocol: new.protocol.unwrap_or(Protocol::FastfusionV1),
            is_initialised: false,
            identity: new.identity,
            messages: 0,
            window_start_ms: new.connected_at_ms,
            window_base: 0,
        };
        known.connections.insert(new.id.clone(), connection);
        known.opened.push(new.clone());
        Ok(())
    }

    async fn count_message(&self, id: &ConnectionId) -> Result<Option<Connection>> {
        let mut known = self.known();
        works(known.faults.connections)?;
        let connection = known.connections.get_mut(id);
        Ok(connection.map(|connection| {
            connection.messages += 1;
            connection.clone()
        }))
    }

    async fn start_window(&self, renewed: &Connection) -> Result<()> {
        let id = renewed.id.clone();
        self.known().connections.insert(id, renewed.clone());
        Ok(())
    }

    async fn authenticate(
        &self,
        id: &ConnectionId,
        identity: Authenticated,
    ) -> Result<Authentication> {
        Ok(self.known().claim(id, identity, |connection| {
            connection.identity.is_none_or(|held| {
                held.user_id == identity.user_id && held.expires_at < identity.expires_at
            })
        }))
    }

    async fn initialise(
        &self,
        id: &ConnectionId,
        identity: Authenticated,
    ) -> Result<Authentication> {
        Ok(self.known().claim(id, identity, |connection| {
            !std::mem::replace(&mut connection.is_initialised, true)
        }))
    }

    async fn connections_of(&self, user: UserId) -> Result<Vec<KnownConnection>> {
        let known = self.known();
        let owned = known.owned.iter();
        let owned = owned.filter(|(owner, _)| owner.is_none_or(|owner| owner == user));
        Ok(owned.map(|(_, connection)| connection.clone()).collect())
    }

    async fn remove_connection(&self, id: &ConnectionId) -> Result<()> {
        let mut known = self.known();
        works(known.faults.connection_removals)?;
        known.closed.push(id.clone());
        if known.connections.remove(id).is_some() {
            known.subscriptions.clear();
        }
        known.remove_entries(|entry| entry.connection == *id);
        Ok(())
    }
}

#[async_trait]
impl Subscriptions for MemoryFeed {
    async fn add_subscription(
        &self,
        connection: &Connection,
        subscription: &Subscription,
    ) -> Result<Added> {
        let store_ms = self.known().faults.store_ms;
        sleep(Duration::from_millis(store_ms)).await;
        let mut known = self.known();
        if !known.connections.contains_key(&connection.id) {
            return Ok(Added::NoConnection);
        }
        if known.ended.contains(&subscription.id) {
            return Ok(Added::Ended);
        }
        if known.subscriptions.contains_key(&subscription.id) {
            return Ok(Added::Duplicate);
        }
        if known.subscriptions.len() as u64 == MAX_SUBSCRIPTIONS {
            return Ok(Added::TooMany);
        }
        let id = subscription.id.clone();
        known.subscriptions.insert(id, subscription.clone());
        Ok(Added::Stored)
    }

    async fn go_live(&self, _: &Connection, _: UserId, live: &Subscription) -> Result<bool> {
        let live_ms = self.known().faults.live_ms;
        sleep(Duration::from_millis(live_ms / 2)).await;
        let is_stored = {
            let mut known = self.known();
            let stored = known.subscriptions.get_mut(&live.id);
            let is_stored = stored.map(|stored| stored.clone_from(live)).is_some();
            if is_stored {
                known.live.insert(live.id.clone());
            }
            is_stored
        };
        sleep(Duration::from_millis(live_ms.div_ceil(2))).await;
        Ok(is_stored)
    }

    async fn remove_subscription(&self, to: &ConnectionId, id: &SubscriptionId) -> Result<bool> {
        let mut known = self.known();
        works(known.faults.subscription_removals)?;
        let is_entry = |entry: &AudienceEntry| (&entry.connection, &entry.subscription) == (to, id);
        let had_entries = known.remove_entries(is_entry);
        known.live.remove(id);
        let is_removed = known.subscriptions.remove(id).is_some() || had_entries;
        if is_removed {
            known.removed.push((to.clone(), id.clone()));
        }
        Ok(is_removed)
    }

    async fn note_end(&self, _: &ConnectionId, id: &SubscriptionId, _: u64) -> Result<()> {
        self.known().ended.push(id.clone());
        Ok(())
    }

    async fn clear_end(&self, _: &ConnectionId, id: &SubscriptionId) -> Result<()> {
        self.known().ended.retain(|ended| ended != id);
        Ok(())
    }

    async fn subscriptions(&self, _: &ConnectionId) -> Result<Vec<Subscription>> {
        Ok(self.known().subscriptions.values().cloned().collect())
    }

    async fn store_operation(&self, operation: &Operation, _: u64) -> Result<()> {
        let (key, text) = (operation.key, operation.text.clone());
        self.known().stored.insert(key, text);
        Ok(())
    }

    async fn find_operations(&self, keys: &[OperationKey]) -> Result<Vec<Operation>> {
        let mut known = self.known();
        works(known.faults.operations)?;
        known.reads.push(keys.to_vec());
        let find = |key: &OperationKey| {
            let text = known.stored.get(key)?.clone();
            Some(Operation { key: *key, text })
        };
        Ok(keys.iter().filter_map(find).collect())
    }

    async fn versions(&self, shards: &[AudienceShard]) -> Result<Versions> {
        let mut known = self.known();
        works(known.faults.audience)?;
        known.version_checks.push(shards.to_vec());
        let version = |shard| Some((shard, known.audience.get(&shard)?.0));
        let mut versions: Versions = shards.iter().copied().filter_map(version).collect();
        versions.alerts.clone_from(&known.alerts);
        Ok(versions)
    }

    async fn audience(&self, shard: AudienceShard) -> Result<Vec<AudienceEntry>> {
        let mut known = self.known();
        works(known.faults.audience)?;
        known.shard_reads.push(shard);
        let entries = known.audience.get(&shard);
        Ok(entries.map(|(_, all)| all.clone()).unwrap_or_default())
    }
}

#[async_trait]
impl FindUsers for MemoryFeed {
    async fn unknown_users(&self, asked: &[UserId]) -> Result<Vec<UserId>> {
        let known = self.known();
        let unknown = asked.iter().filter(|user| !known.users.contains(user));
        Ok(unknown.copied().collect())
    }

    async fn all_users(&self, limit: usize) -> Result<Option<Vec<UserId>>> {
        // Nobody is there before registering.
        let now_ms = self.now_ms();
        let mut known = self.known();
        known.roster_reads += 1;
        let users = known.users.iter().copied();
        let users: Vec<_> = users
            .filter(|user| user.registered_at_ms() <= now_ms)
            .collect();
        Ok((users.len() <= limit).then_some(users))
    }
}

#[async_trait]
impl Push for MemoryFeed {
    async fn push(
        &self,
        to: &ConnectionId,
        frame: &Frame,
        budget: Duration,
    ) -> Result<(), PushError> {
        let deadline = Instant::now() + budget;
        let send_ms = self.known().faults.send_ms;
        if send_ms > 0 {
            sleep(Duration::from_millis(send_ms)).await;
        }
        loop {
            let error = match self.attempt(to) {
                Ok(()) => {
                    self.arrived(to, frame);
                    return Ok(());
                }
                Err(Some(error @ (PushError::Gone | PushError::Failed(_)))) => return Err(error),
                Err(Some(error)) => error,
                Err(None) => {
                    sleep(Duration::from_secs(1)).await;
                    PushError::Failed("no answer".into())
                }
            };
            let next = Instant::now() + Duration::from_millis(100);
            if next >= deadline {
                return Err(error);
            }
            tokio::time::sleep_until(next).await;
        }
    }

    async fn disconnect(&self, to: &ConnectionId) -> Result<(), PushError> {
        self.arrived(to, &Frame::new("closed"));
        match self.known().behaviours.get(to) {
            Some(Behaviour::StaysOpen) => Err(PushError::Throttled),
            _ => Ok(()),
        }
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
        LiveEvent::Prices { prices, replay } => {
            let each = prices.prices.iter();
            let each = each.map(|(user, price)| format!(" {user} {price}"));
            let replayed = replay.map_or("", |_| "replayed ");
            format!("{replayed}{}{}", prices.tick, each.collect::<String>())
        }
        LiveEvent::Market { summary, .. } => format!("market {}", summary.tick),
        LiveEvent::Registered(newcomer) => format!("registered {}", newcomer.user_id),
        LiveEvent::SnapshotSaved(saved) => {
            format!("saved {}@{}", saved.snapshot.id, saved.saved_at_ms)
        }
        LiveEvent::AlertFired { crossed, .. } => {
            format!("fired {} {}", crossed.tick, crossed.price)
        }
    }
}

fn lines(lines: impl Iterator<Item = String>) -> Frame {
    Frame::new(lines.collect::<String>())
}

/// A line for each price, summary, registration, event and frame of an operation; a reply by its number among
/// [`Known::replies`].
impl EncodeFrames for MemoryFeed {
    fn prices(&self, ticks: &[TickPrices]) -> Vec<Frame> {
        let line = |tick: Tick, (user, price): &(UserId, Price)| format!("{tick} {user} {price}\n");
        let each = ticks.iter().flat_map(|ticks| {
            let prices = ticks.prices.iter();
            prices.map(move |price| line(ticks.tick, price))
        });
        let each: Vec<_> = each.collect();
        let frames = each.chunks(PRICES_PER_FRAME);
        frames.map(|chunk| lines(chunk.iter().cloned())).collect()
    }

    fn market(&self, summaries: &[&Summary]) -> Vec<Frame> {
        let line = |s: &&Summary| format!("{} market {}\n", s.tick, s.shareholders);
        vec![lines(summaries.iter().map(line))]
    }

    fn registrations(&self, newcomers: &[Newcomer]) -> Vec<Frame> {
        let line = |n: &Newcomer| format!("{} {} {}\n", n.user_id, n.name, n.opening_price);
        vec![lines(newcomers.iter().map(line))]
    }

    fn user_event(&self, event: &LiveEvent) -> Option<Frame> {
        Some(Frame::new(describe(event)))
    }

    fn reply(&self, reply: &Reply) -> Vec<Frame> {
        let mut known = self.known();
        let more = match reply {
            Reply::Error(_) | Reply::Bye(_) => 0,
            _ => known.faults.more_frames,
        };
        let mut frames = vec![Frame::new("part"); more];
        frames.push(Frame::new(format!("reply {}", known.replies.len())));
        known.replies.push(reply.clone());
        frames
    }

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
        vec![Frame::new(format!("{id} expired\n")), self.complete(id)]
    }

    fn refused(&self, id: &SubscriptionId, refusal: &Refusal) -> Frame {
        Frame::new(format!("{id} refused: {refusal}\n"))
    }

    fn complete(&self, id: &SubscriptionId) -> Frame {
        Frame::new(format!("{id} complete\n"))
    }

    fn connection_ack(&self) -> Frame {
        Frame::new("ack\n")
    }

    fn pong(&self, payload: Option<&str>) -> Frame {
        Frame::new(format!("pong {}\n", payload.unwrap_or("-")))
    }

    fn violation(&self, error: &MessageError<Violation>) -> Frame {
        let id = error.id.as_deref().unwrap_or("-");
        Frame::new(format!("{} {id}\n", error.reason.close_code()))
    }
}
