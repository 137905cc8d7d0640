//! The platform between Kafka and the clients' sockets: the real store, sessions, operations and fan-outs, in time that
//! jumps.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api::frames::JsonFrames;
use domain::{PriceModel, PriceUpdate, Tick, UserId, partition};
use feed::fakes::{START, user};
use feed::fanout::FanOut;
use feed::operations::Operations;
use feed::session::{MarketAccess, Session};
use feed::{
    Answering, Clock as _, FeedPorts, PartitionPosition, PublishedTick, TrackDelivery as _,
};
use graphql_schema::LiveSchema;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use test_kit::{TestDatabase, TestFeed};
use tokio::time::sleep;

/// Who is watched.
#[derive(Debug, Clone)]
pub enum Watched {
    /// So many users by name; there are others.
    Some(usize),
    /// All users, so many.
    All(usize),
}

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Raw,
    Graphql,
}

#[derive(Debug, Clone)]
pub struct Case {
    pub watched: Watched,
    pub dialect: Dialect,
    pub partitions: u32,
    pub seed: u64,
    pub every: u32,
}

#[derive(Clone)]
pub struct World(Arc<Inner>);

pub struct Inner {
    pub case: Case,
    pub feed: TestFeed,
    pub model: PriceModel,
    pub users: Vec<UserId>,
    pub session: Session,
    pub operations: Operations,
    ticks_left: AtomicU64,
    logs: Mutex<Vec<Vec<PriceUpdate>>>,
    random: Mutex<StdRng>,
}

impl std::ops::Deref for World {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl World {
    pub async fn start(case: Case) -> Self {
        let database = TestDatabase::start().await;
        let feed = TestFeed::new(&database, START.starts_at_ms());
        let model = PriceModel::new(&[7; 32]);
        let count = match case.watched {
            Watched::Some(count) => count + 5,
            Watched::All(count) => count,
        };
        let users: Vec<_> = (0..count as u64).map(user).collect();
        feed.memory.known().users.clone_from(&users);
        let market = || MarketAccess {
            users: feed.memory.clone(),
            model,
            everyone_limit: 2_000,
        };
        let ports = Self::ports(&feed);
        let session = Session::new(ports.clone(), feed.memory.clone(), market());
        let operations = Operations::new(
            ports,
            Arc::new(LiveSchema::new()),
            market(),
            Answering::default(),
        );
        Self(Arc::new(Inner {
            random: Mutex::new(StdRng::seed_from_u64(case.seed)),
            logs: Mutex::new(vec![Vec::new(); case.partitions as usize]),
            ticks_left: AtomicU64::new(u64::MAX),
            case,
            session,
            operations,
            feed,
            model,
            users,
        }))
    }

    fn ports(feed: &TestFeed) -> FeedPorts {
        FeedPorts {
            encode: Arc::new(JsonFrames),
            ..feed.ports()
        }
    }

    /// A number below `end`.
    pub fn random(&self, end: u64) -> u64 {
        self.random.lock().unwrap().random_range(0..end)
    }

    pub fn now_ms(&self) -> u64 {
        self.feed.memory.now_ms()
    }

    pub fn ticks_left(&self) -> u64 {
        self.ticks_left.load(Ordering::Relaxed)
    }

    pub async fn pause(&self, at_most_ms: u64) {
        sleep(Duration::from_millis(self.random(at_most_ms.max(1)))).await;
    }

    /// Publishes ticks, and delivers each partition by a consumer of its own; the last of them undisturbed.
    pub async fn run(self, disturbed: u64, calm: u64) {
        self.ticks_left.store(disturbed + calm, Ordering::Relaxed);
        let consumers: Vec<_> = (0..self.case.partitions as usize)
            .map(|partition| tokio::task::spawn_local(self.clone().consume(partition, calm)))
            .collect();
        let mut ends = BTreeMap::new();
        let mut tick = START.next();
        while self.ticks_left() > 0 {
            self.feed.memory.sleep_until(tick.starts_at_ms()).await;
            self.publish(tick, &mut ends).await;
            self.feed
                .memory
                .sleep_until(tick.next().starts_at_ms() - 800)
                .await;
            let published = PublishedTick {
                tick,
                ends: ends.values().copied().collect(),
                is_complete: true,
            };
            self.feed.store.record_published(&published).await.unwrap();
            self.ticks_left.fetch_sub(1, Ordering::Relaxed);
            tick = tick.next();
        }
        for consumer in consumers {
            consumer.await.unwrap();
        }
    }

    async fn publish(&self, tick: Tick, ends: &mut BTreeMap<u32, PartitionPosition>) {
        for user in &self.users {
            let of_user = partition(*user, self.case.partitions);
            let shareholder = self.model.shareholder(*user);
            let update = PriceUpdate {
                user_id: *user,
                tick,
                price: shareholder.price_at(tick),
                previous: shareholder.price_at(tick.previous()),
            };
            let next_offset = {
                let log = &mut self.logs.lock().unwrap()[of_user as usize];
                log.push(update);
                log.len() as i64
            };
            ends.insert(of_user, position(of_user as usize, next_offset, tick));
            if self.random(50) == 0 {
                self.pause(40).await;
            }
        }
    }

    /// Delivers what is in a partition, in batches of any size, some of them late, some of them twice.
    async fn consume(self, partition: usize, calm: u64) {
        let fan_out = || {
            let fan_out = FanOut::new(Self::ports(&self.feed), Arc::new(LiveSchema::new()));
            Arc::new(fan_out)
        };
        let mut consumer = fan_out();
        let mut committed = 0;
        loop {
            let is_over = self.ticks_left() == 0;
            let waiting = self.logs.lock().unwrap()[partition][committed..].to_vec();
            if waiting.is_empty() {
                if is_over {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
                continue;
            }
            let is_calm = self.ticks_left() <= calm;
            if !is_calm && self.random(6) == 0 {
                self.pause(9_000).await;
            }
            let size = match self.random(3) {
                0 if !is_calm => 1 + self.random(waiting.len() as u64) as usize,
                _ => waiting.len(),
            };
            let batch = waiting[..size].to_vec();
            let end = (committed + size) as i64;
            if !is_calm && self.random(6) == 0 {
                // The partition moves to another consumer while the old one is at work.
                let old = std::mem::replace(&mut consumer, fan_out());
                let (world, batch) = (self.clone(), batch.clone());
                tokio::task::spawn_local(async move {
                    world.pause(9_000).await;
                    world.deliver(&old, &batch, partition, end).await;
                });
            }
            self.deliver(&consumer, &batch, partition, end).await;
            committed += size;
        }
    }

    async fn deliver(&self, consumer: &FanOut, batch: &[PriceUpdate], partition: usize, end: i64) {
        let newest = batch.iter().map(|update| update.tick).max().unwrap();
        let positions = [position(partition, end, newest)];
        let sent = consumer
            .fan_out_prices(batch, &positions, self.now_ms())
            .await;
        sent.unwrap();
    }
}

fn position(partition: usize, next_offset: i64, tick: Tick) -> PartitionPosition {
    PartitionPosition {
        partition: i32::try_from(partition).unwrap(),
        next_offset,
        tick,
    }
}
