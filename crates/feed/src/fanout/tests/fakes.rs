use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;

use super::*;
use crate::fakes::{MemoryFeed, TextOperations, live_operation};
use crate::session::SubscriptionId;
use crate::{AudienceEntry, ConnectionId, LiveOperation, PushError, Topic, Versions};
use crate::{Error, Result};

/// So many records make a frame of [`TextFrames`].
pub const RECORDS_PER_FRAME: usize = 4;

pub fn connection(id: &str) -> ConnectionId {
    ConnectionId(id.into())
}

pub fn user(n: u64) -> UserId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    UserId::generate(1_767_225_600_000, &random)
}

pub fn record(user_number: u64, tick: u64) -> PriceRecord {
    let price = Price::from_cents(10_000 + user_number * 100 + tick).unwrap();
    PriceRecord {
        user_id: user(user_number),
        tick: Tick(tick),
        price,
    }
}

/// An audience in memory that counts what is read of it.
#[derive(Default)]
pub struct MemoryAudience {
    pub shards: Mutex<HashMap<AudienceShard, (u64, Vec<AudienceEntry>)>>,
    pub version_checks: Mutex<Vec<Vec<AudienceShard>>>,
    pub reads: Mutex<Vec<AudienceShard>>,
    pub removed: Mutex<Vec<ConnectionId>>,
    pub broken: Mutex<bool>,
    pub removals_fail: Mutex<bool>,
}

impl MemoryAudience {
    pub fn subscribe(&self, id: &str, topic: Topic, live_from: u64, every: u32) {
        self.subscribe_to((id, "s"), topic, (live_from, every), None);
    }

    /// Subscribes to an operation, from tick 0 on.
    pub fn subscribe_live(&self, id: &str, subscription: &str, topic: Topic, text: &str) {
        let operation = Some(live_operation(text));
        self.subscribe_to((id, subscription), topic, (0, 1), operation);
    }

    pub fn subscribe_to(
        &self,
        (id, subscription): (&str, &str),
        topic: Topic,
        (live_from, every): (u64, u32),
        operation: Option<LiveOperation>,
    ) {
        let entry = |topic| AudienceEntry {
            connection: connection(id),
            subscription: SubscriptionId::parse(subscription).unwrap(),
            topic,
            live_from: Tick(live_from),
            every,
            operation,
        };
        match topic {
            Topic::AllUsers => self.add(AudienceShard::AllUsers(2), entry(topic)),
            Topic::Market => self.add(AudienceShard::Market(5), entry(topic)),
            Topic::Registrations => self.add(AudienceShard::Registrations(1), entry(topic)),
            Topic::Snapshots | Topic::Alerts => unreachable!("the fan-out looks for none"),
            Topic::Users(users) => {
                for user in users {
                    let shard = AudienceShard::Users(Shard::of(user));
                    self.add(shard, entry(Topic::Users(vec![user])));
                }
            }
        }
    }

    fn add(&self, shard: AudienceShard, entry: AudienceEntry) {
        let mut shards = self.shards.lock().unwrap();
        let (version, entries) = shards.entry(shard).or_default();
        *version += 1;
        entries.push(entry);
    }

    fn check(&self) -> Result<()> {
        if *self.broken.lock().unwrap() {
            return Err(Error::Unavailable {
                what: "the audience",
                source: "broken".into(),
            });
        }
        Ok(())
    }
}

#[async_trait]
impl ReadAudience for MemoryAudience {
    async fn versions(&self, shards: &[AudienceShard]) -> Result<Versions> {
        self.check()?;
        self.version_checks.lock().unwrap().push(shards.to_vec());
        let stored = self.shards.lock().unwrap();
        let version = |shard| Some((shard, stored.get(&shard)?.0));
        Ok(shards.iter().copied().filter_map(version).collect())
    }

    async fn audience(&self, shard: AudienceShard) -> Result<Vec<AudienceEntry>> {
        self.check()?;
        self.reads.lock().unwrap().push(shard);
        Ok(self
            .shards
            .lock()
            .unwrap()
            .get(&shard)
            .map(|(_, all)| all.clone())
            .unwrap_or_default())
    }

    async fn remove_connection(&self, connection: &ConnectionId) -> Result<()> {
        if *self.removals_fail.lock().unwrap() {
            return Err(Error::Unavailable {
                what: "the store",
                source: "broken".into(),
            });
        }
        self.removed.lock().unwrap().push(connection.clone());
        for (version, entries) in self.shards.lock().unwrap().values_mut() {
            let before = entries.len();
            entries.retain(|entry| entry.connection != *connection);
            *version += u64::from(before != entries.len());
        }
        Ok(())
    }
}

/// Frames that a test can read: a line of tick, user and price for each record.
pub struct TextFrames;

impl EncodeFrames for TextFrames {
    fn prices(&self, prices: &[PriceRecord]) -> Vec<Frame> {
        let line = |r: &PriceRecord| format!("{} {} {}\n", r.tick, r.user_id, r.price);
        let frames = prices.chunks(RECORDS_PER_FRAME);
        frames
            .map(|chunk| Frame::new(chunk.iter().map(line).collect::<String>()))
            .collect()
    }

    fn market(&self, summaries: &[&Summary]) -> Vec<Frame> {
        let line = |s: &&Summary| format!("{} market {}\n", s.tick, s.shareholders);
        vec![Frame::new(summaries.iter().map(line).collect::<String>())]
    }

    fn registrations(&self, newcomers: &[Newcomer]) -> Vec<Frame> {
        let line = |n: &Newcomer| format!("{} {} {}\n", n.user_id, n.name, n.opening_price);
        vec![Frame::new(newcomers.iter().map(line).collect::<String>())]
    }
}

/// How a connection behaves.
#[derive(Clone, Copy)]
pub enum Behaviour {
    Gone,
    /// Throttles so many attempts.
    Throttles(usize),
    /// Answers nothing until the attempt times out.
    Hangs,
    Refuses,
}

/// Connections in memory that keep what they get, and misbehave as told.
#[derive(Default)]
pub struct MemoryConnections {
    pub behaviours: Mutex<HashMap<ConnectionId, Behaviour>>,
    pub got: Mutex<Vec<(ConnectionId, Frame, Instant)>>,
    pub attempts: Mutex<HashMap<ConnectionId, usize>>,
}

impl MemoryConnections {
    pub fn behave(&self, id: &str, behaviour: Behaviour) {
        self.behaviours
            .lock()
            .unwrap()
            .insert(connection(id), behaviour);
    }

    /// What a connection got, line by line, since this was last asked.
    pub fn take(&self, id: &str) -> Vec<String> {
        let mut got = self.got.lock().unwrap();
        let (mine, others) = got.drain(..).partition(|(to, ..)| *to.0 == *id);
        *got = others;
        let mine: Vec<(_, Frame, _)> = mine;
        let text = |frame: &Frame| String::from_utf8(frame.body().to_vec()).unwrap();
        let lines: String = mine.iter().map(|(_, frame, _)| text(frame)).collect();
        lines.lines().map(str::to_owned).collect()
    }

    fn attempt(&self, to: &ConnectionId, frame: &Frame) -> Result<(), Option<PushError>> {
        *self.attempts.lock().unwrap().entry(to.clone()).or_default() += 1;
        match self.behaviours.lock().unwrap().get_mut(to) {
            Some(Behaviour::Gone) => Err(Some(PushError::Gone)),
            Some(Behaviour::Throttles(times)) if *times > 0 => {
                *times -= 1;
                Err(Some(PushError::Throttled))
            }
            Some(Behaviour::Hangs) => Err(None),
            Some(Behaviour::Refuses) => Err(Some(PushError::Failed("forbidden".into()))),
            Some(Behaviour::Throttles(_)) | None => {
                self.got
                    .lock()
                    .unwrap()
                    .push((to.clone(), frame.clone(), Instant::now()));
                Ok(())
            }
        }
    }
}

#[async_trait]
impl PushFrames for MemoryConnections {
    async fn push_frame(
        &self,
        to: &ConnectionId,
        frame: &Frame,
        budget: Duration,
    ) -> Result<(), PushError> {
        let deadline = Instant::now() + budget;
        loop {
            let error = match self.attempt(to, frame) {
                Ok(()) => return Ok(()),
                Err(Some(PushError::Gone)) => return Err(PushError::Gone),
                Err(Some(error)) => error,
                Err(None) => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
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
}

/// The whole, with fakes around it.
pub struct Stage {
    pub audience: Arc<MemoryAudience>,
    pub connections: Arc<MemoryConnections>,
    pub operations: Arc<MemoryFeed>,
    pub fan_out: FanOut,
}

impl Stage {
    pub fn new() -> Self {
        let audience = Arc::<MemoryAudience>::default();
        let connections = Arc::<MemoryConnections>::default();
        let operations = Arc::<MemoryFeed>::default();
        let fan_out = FanOut::new(FanOutPorts {
            audience: Arc::<MemoryAudience>::clone(&audience),
            frames: Arc::new(TextFrames),
            push: Arc::<MemoryConnections>::clone(&connections),
            operations: operations.ports(Arc::new(TextOperations)),
        });
        Self {
            audience,
            connections,
            operations,
            fan_out,
        }
    }

    pub async fn prices(&self, records: &[PriceRecord]) -> FanoutReport {
        self.fan_out.fan_out_prices(records, 0).await.unwrap()
    }

    /// The shards read since this was last asked.
    pub fn reads(&self) -> HashSet<AudienceShard> {
        self.audience.reads.lock().unwrap().drain(..).collect()
    }
}

pub fn users(numbers: impl IntoIterator<Item = u64>) -> Topic {
    Topic::Users(numbers.into_iter().map(user).collect())
}
