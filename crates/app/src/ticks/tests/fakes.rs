//! The ports in memory. Time is Tokio's paused time: it jumps to the next timer when all tasks wait.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use domain::market::Summary;
use domain::{PriceModel, PriceUpdate, Tick, UserId};

use super::super::{
    DriveTicks, DueAction, DueConnection, DueMessages, OutboxEntries, Ports, Published,
    Registration, TickBatch, TickPublisher, TickStore,
};
use crate::{Error, Result};
use feed::session::{Authentication, Connection, NewConnection, Protocol};
use feed::{
    Authenticated, Clock, CloseNotice, ConnectionId, Connections, Frame, KnownConnection, Push,
    PushError,
};

/// The tick at whose boundary every test begins.
pub(super) const T0: Tick = Tick(400_000_000);
pub(super) const BYE: &str = "bye";

/// Everything outside, behind one lock.
pub(super) struct World {
    started: tokio::time::Instant,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    /// What was published: when (milliseconds after T0) and what.
    pub(super) published: Vec<(u64, Entry)>,
    /// The times, in milliseconds after T0, between which Kafka is down.
    pub(super) kafka_down: Option<std::ops::Range<u64>>,
    pub(super) storage_down: Option<std::ops::Range<u64>>,
    /// How long a batch takes.
    pub(super) publishing_takes: Duration,
    /// What roster and users hold; the second value says from when the index shows it.
    pub(super) users: BTreeMap<UserId, u64>,
    /// Who waits in the outbox; the flag says whether the index shows it even when cleared.
    pub(super) outbox: Vec<Registration>,
    pub(super) lagging_outbox: bool,
    pub(super) cleared: Vec<UserId>,
    /// Who was deleted, with the times in milliseconds after T0 from when on and until when the outbox shows
    /// it.
    pub(super) deleted: HashMap<UserId, std::ops::Range<u64>>,
    pub(super) gone_from_indexes: HashMap<UserId, u64>,
    pub(super) owner: Option<String>,
    pub(super) last_tick: Option<Tick>,
    pub(super) roster_reads: Vec<u64>,
    /// Connections and their deadlines in milliseconds after T0.
    pub(super) pending: HashMap<ConnectionId, u64>,
    pub(super) closing: VecDeque<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Entry {
    Price(PriceUpdate),
    Summary(Summary),
    Registered(Registration),
}

impl State {
    fn is_gone(&self, user_id: UserId, now: u64) -> bool {
        let gone_at = self.gone_from_indexes.get(&user_id);
        gone_at.is_some_and(|gone_at| *gone_at <= now)
    }
}

impl World {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            started: tokio::time::Instant::now(),
            state: Mutex::default(),
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Milliseconds after T0.
    pub(super) fn elapsed(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap()
    }

    pub(super) fn model() -> PriceModel {
        PriceModel::new(&[7; 32])
    }

    pub(super) fn driver(self: &Arc<Self>) -> DriveTicks {
        let ports = Ports {
            clock: Arc::<Self>::clone(self),
            publisher: Arc::new(Publisher(Arc::clone(self))),
            store: Arc::<Self>::clone(self),
            feed: Arc::<Self>::clone(self),
            push: Arc::<Self>::clone(self),
        };
        let close_notice = CloseNotice {
            raw_feed: Frame::new(BYE),
            operations: Frame::new("error"),
        };
        let words = DueMessages {
            close_notice,
            ping: Frame::new("ping"),
        };
        DriveTicks::new(ports, Self::model(), words)
    }

    /// Somebody who registered `ago` milliseconds before T0 and was announced then.
    pub(super) fn shareholder(&self, ago: u64, number: u8) -> UserId {
        let user_id = UserId::generate(T0.starts_at_ms() - ago, &[number; 10]);
        self.state().users.insert(user_id, 0);
        user_id
    }

    /// Somebody registers now, and the index of the roster shows it `lag` milliseconds later.
    pub(super) fn register(&self, number: u8, lag: u64) -> UserId {
        let registered_at_ms = self.now_ms();
        let user_id = UserId::generate(registered_at_ms, &[number; 10]);
        let mut state = self.state();
        state.users.insert(user_id, self.elapsed() + lag);
        state.outbox.push(Registration {
            user_id,
            name: "New".to_owned(),
            registered_at_ms,
        });
        user_id
    }

    /// A user is deleted now. For a minute the outbox shows it; the indexes show the user for `lag`
    /// milliseconds more.
    pub(super) fn delete(&self, user_id: UserId, lag: u64) {
        let now = self.elapsed();
        let mut state = self.state();
        state.deleted.insert(user_id, now..now + 60_000);
        state.gone_from_indexes.insert(user_id, now + lag);
    }

    /// Waits until so many milliseconds after T0.
    pub(super) async fn at(&self, ms: u64) {
        tokio::time::sleep_until(self.started + Duration::from_millis(ms)).await;
    }

    /// The ticks published for a user, in order, with their times.
    pub(super) fn ticks_of(&self, user_id: UserId) -> Vec<(u64, u64)> {
        let of_user = |(at, entry): &(u64, Entry)| match entry {
            Entry::Price(update) if update.user_id == user_id => Some((*at, update.tick.0 - T0.0)),
            _ => None,
        };
        self.state().published.iter().filter_map(of_user).collect()
    }

    pub(super) fn registered(&self) -> Vec<UserId> {
        let registered = |(_, entry): &(u64, Entry)| match entry {
            Entry::Registered(registration) => Some(registration.user_id),
            _ => None,
        };
        self.state()
            .published
            .iter()
            .filter_map(registered)
            .collect()
    }

    fn storage(&self) -> Result<()> {
        fails(
            self.state().storage_down.as_ref(),
            self.elapsed(),
            "DynamoDB",
        )
    }
}

fn fails(down: Option<&std::ops::Range<u64>>, now: u64, what: &'static str) -> Result<()> {
    if down.is_some_and(|down| down.contains(&now)) {
        Err(Error::Unavailable {
            what,
            source: "down".into(),
        })
    } else {
        Ok(())
    }
}

#[async_trait]
impl Clock for World {
    fn now_ms(&self) -> u64 {
        T0.starts_at_ms() + self.elapsed()
    }

    async fn sleep_until(&self, at_ms: u64) {
        self.at(at_ms.saturating_sub(T0.starts_at_ms())).await;
    }
}

struct Publisher(Arc<World>);

#[async_trait]
impl TickPublisher for Publisher {
    async fn connect(&self) -> Result<()> {
        fails(
            self.0.state().kafka_down.as_ref(),
            self.0.elapsed(),
            "Kafka",
        )
    }

    fn batch(&self, _: usize) -> Box<dyn TickBatch> {
        Box::new(FakeBatch {
            world: Arc::clone(&self.0),
            entries: Vec::new(),
        })
    }
}

struct FakeBatch {
    world: Arc<World>,
    entries: Vec<Entry>,
}

#[async_trait]
impl TickBatch for FakeBatch {
    fn price(&mut self, update: &PriceUpdate) {
        self.entries.push(Entry::Price(*update));
    }

    fn summary(&mut self, summary: &Summary) {
        self.entries.push(Entry::Summary(summary.clone()));
    }

    fn registration(&mut self, registration: &Registration) {
        self.entries.push(Entry::Registered(registration.clone()));
    }

    async fn publish(&mut self) -> Result<Published> {
        let takes = self.world.state().publishing_takes;
        tokio::time::sleep(takes).await;
        let now = self.world.elapsed();
        let mut state = self.world.state();
        fails(state.kafka_down.as_ref(), now, "Kafka")?;
        state
            .published
            .extend(self.entries.iter().map(|entry| (now, entry.clone())));
        Ok(Published {
            records: self.entries.len() as u64,
            bytes: 0,
        })
    }
}

#[async_trait]
impl TickStore for World {
    async fn roster(&self, since_ms: u64) -> Result<Vec<UserId>> {
        self.storage()?;
        let now = self.elapsed();
        let mut state = self.state();
        state.roster_reads.push(since_ms);
        let state = &*state;
        let seen = state.users.iter().filter(|(user_id, visible_at)| {
            let is_gone = state.is_gone(**user_id, now);
            user_id.registered_at_ms() >= since_ms && **visible_at <= now && !is_gone
        });
        Ok(seen.map(|(user_id, _)| *user_id).collect())
    }

    async fn deleted(&self, since_ms: u64) -> Result<Vec<UserId>> {
        self.storage()?;
        let state = self.state();
        let since = since_ms.saturating_sub(T0.starts_at_ms());
        let deleted = state.deleted.iter().filter(|(_, at)| at.start >= since);
        Ok(deleted.map(|(user_id, _)| *user_id).collect())
    }

    async fn take_over(&self, owner: &str) -> Result<Option<Tick>> {
        self.storage()?;
        let mut state = self.state();
        state.owner = Some(owner.to_owned());
        Ok(state.last_tick)
    }

    async fn is_owner(&self, owner: &str) -> Result<bool> {
        self.storage()?;
        Ok(self.state().owner.as_deref() == Some(owner))
    }

    async fn finish_tick(&self, owner: &str, tick: Tick) -> Result<bool> {
        self.storage()?;
        let mut state = self.state();
        if state.owner.as_deref() != Some(owner) {
            return Ok(false);
        }
        state.last_tick = Some(tick);
        Ok(true)
    }

    async fn outbox(&self) -> Result<OutboxEntries> {
        self.storage()?;
        let now = self.elapsed();
        let state = self.state();
        let mut registrations = state.outbox.clone();
        registrations.retain(|registration| !state.is_gone(registration.user_id, now));
        let deleted = state.deleted.iter().filter(|(_, at)| at.contains(&now));
        Ok(OutboxEntries {
            registrations,
            deleted: deleted.map(|(user_id, _)| *user_id).collect(),
        })
    }

    async fn clear_outbox(&self, users: &[UserId]) -> Result<()> {
        self.storage()?;
        let mut state = self.state();
        state.cleared.extend(users);
        if !state.lagging_outbox {
            state
                .outbox
                .retain(|registration| !users.contains(&registration.user_id));
        }
        Ok(())
    }

    async fn due_connections(&self, now_ms: u64) -> Result<Vec<DueConnection>> {
        self.storage()?;
        let state = self.state();
        let expired = state
            .pending
            .iter()
            .filter(|(_, at)| T0.starts_at_ms() + **at <= now_ms);
        let known = |(id, _): (&ConnectionId, &u64)| DueConnection {
            connection: KnownConnection {
                id: id.clone(),
                protocol: match id.0.contains("operations") {
                    true => Protocol::GraphqlTransportWs,
                    false => Protocol::FastfusionV1,
                },
            },
            action: match id.0.starts_with("idle") {
                true => DueAction::Ping,
                false => DueAction::Close,
            },
        };
        Ok(expired.map(known).collect())
    }

    async fn postpone_connection(&self, connection: &ConnectionId, until_ms: u64) -> Result<()> {
        let at = until_ms - T0.starts_at_ms();
        self.state().pending.insert(connection.clone(), at);
        Ok(())
    }
}

#[async_trait]
impl Connections for World {
    async fn store_connection(&self, _: &NewConnection) -> feed::Result<()> {
        unreachable!("ticks open no connection")
    }

    async fn count_message(&self, _: &ConnectionId) -> feed::Result<Option<Connection>> {
        unreachable!("nobody sends anything")
    }

    async fn start_window(&self, _: &Connection) -> feed::Result<()> {
        unreachable!("nobody sends anything")
    }

    async fn authenticate(
        &self,
        _: &ConnectionId,
        _: Authenticated,
    ) -> feed::Result<Authentication> {
        unreachable!("nobody authenticates")
    }

    async fn initialise(&self, _: &ConnectionId, _: Authenticated) -> feed::Result<Authentication> {
        unreachable!("nobody authenticates")
    }

    async fn connections_of(&self, _: UserId) -> feed::Result<Vec<KnownConnection>> {
        unreachable!("ticks look no user up")
    }

    async fn remove_connection(&self, connection: &ConnectionId) -> feed::Result<()> {
        let now = self.elapsed();
        let mut state = self.state();
        state.pending.remove(connection);
        state
            .closing
            .push_back(format!("{now} remove {}", connection.0));
        Ok(())
    }
}

#[async_trait]
impl Push for World {
    async fn push(
        &self,
        connection: &ConnectionId,
        frame: &Frame,
        _: Duration,
    ) -> Result<(), PushError> {
        let now = self.elapsed();
        let body = frame.text();
        self.state()
            .closing
            .push_back(format!("{now} {body} {}", connection.0));
        if connection.0.ends_with("dead") {
            Err(PushError::Gone)
        } else {
            Ok(())
        }
    }

    async fn disconnect(&self, connection: &ConnectionId) -> Result<(), PushError> {
        let now = self.elapsed();
        self.state()
            .closing
            .push_back(format!("{now} disconnect {}", connection.0));
        if &*connection.0 == "stubborn" {
            Err(PushError::Throttled)
        } else {
            Ok(())
        }
    }
}
