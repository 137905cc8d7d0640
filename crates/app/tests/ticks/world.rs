//! The stores of the ticks, Kafka and clients' connections. Time is Tokio's paused time: it jumps to the next timer when
//! all tasks wait.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use app::publisher::TickPublisher;
use app::ticks::{DriveTicks, DueMessages, Ports, TickStore as _};
use app::users::{Deletion, Users as _};
use domain::{PriceModel, Tick, UserId};
use feed::{Clock, CloseNotice, Connections, Frame, Push};
use store::ticks::DynamoTicks;
use test_kit::{Record, TestClock, TestDatabase, TestFeed, TestPublisher, new_user, user_id};
use tokio::time::Instant;

/// The tick at whose boundary every test begins.
pub(super) const T0: Tick = Tick(400_000_000);
pub(super) const MINUTE: u64 = 60_000;

pub(super) struct World {
    started: Instant,
    pub(super) clock: Arc<TestClock>,
    pub(super) database: TestDatabase,
    pub(super) publisher: TestPublisher,
    pub(super) feed: TestFeed,
}

/// The instant this many milliseconds after T0, in Unix milliseconds.
pub(super) fn deadline(ms: u64) -> u64 {
    T0.starts_at_ms() + ms
}

impl World {
    pub(super) async fn start() -> Self {
        let database = TestDatabase::start().await;
        Self {
            started: Instant::now(),
            clock: Arc::new(TestClock::running_from(T0.starts_at_ms())),
            publisher: TestPublisher::default(),
            feed: TestFeed::new(&database, T0.starts_at_ms()),
            database,
        }
    }

    /// Milliseconds from T0 to an instant.
    pub(super) fn ms_of(&self, instant: Instant) -> u64 {
        let elapsed = instant.duration_since(self.started);
        u64::try_from(elapsed.as_millis()).unwrap()
    }

    /// Milliseconds after T0.
    pub(super) fn elapsed(&self) -> u64 {
        self.ms_of(Instant::now())
    }

    pub(super) fn model() -> PriceModel {
        PriceModel::new(&[7; 32])
    }

    pub(super) fn store(&self) -> DynamoTicks {
        self.database.ticks()
    }

    pub(super) fn driver(&self) -> DriveTicks {
        let ports = Ports {
            clock: Arc::<TestClock>::clone(&self.clock) as Arc<dyn Clock>,
            publisher: Arc::new(self.publisher.clone()) as Arc<dyn TickPublisher>,
            store: Arc::new(self.store()),
            snapshots: Arc::new(self.database.snapshots()),
            feed: Arc::new(self.feed.store.clone()) as Arc<dyn Connections>,
            progress: Arc::new(self.feed.store.clone()),
            push: Arc::clone(&self.feed.memory) as Arc<dyn Push>,
        };
        let close_notice = CloseNotice {
            raw_feed: Frame::new("bye"),
            operations: Frame::new("error"),
        };
        let messages = DueMessages {
            close_notice,
            ping: Frame::new("ping"),
        };
        DriveTicks::new(ports, Self::model(), messages)
    }

    /// Somebody who registered `ago` milliseconds before T0 and was announced then.
    pub(super) async fn shareholder(&self, ago: u64, number: u8) -> UserId {
        let id = user_id(T0.starts_at_ms() - ago, number);
        self.create(id).await;
        self.store().clear_outbox(&[id]).await.unwrap();
        id
    }

    /// Somebody registers now.
    pub(super) async fn register(&self, number: u8) -> UserId {
        let id = user_id(self.clock.now_ms(), number);
        self.create(id).await;
        id
    }

    async fn create(&self, id: UserId) {
        let users = self.database.users();
        users.create_user(&new_user(id)).await.unwrap();
    }

    /// A user is deleted now.
    pub(super) async fn delete(&self, user_id: UserId) -> Deletion {
        let deletion = Deletion {
            user_id,
            deleted_at_ms: self.clock.now_ms(),
        };
        let deleted = self.database.users().delete_account(&deletion).await;
        assert!(deleted.unwrap());
        deletion
    }

    /// Has an index lag behind by so many milliseconds.
    pub(super) fn lag(&self, index: &str, ms: u64) {
        let by = Duration::from_millis(ms);
        self.database.lag(index, move |_| by);
    }

    /// Somebody has driven the ticks up to this one.
    pub(super) async fn drove_until(&self, tick: Tick) {
        let store = self.store();
        store.take_over("earlier").await.unwrap();
        assert!(store.finish_tick("earlier", tick).await.unwrap());
    }

    /// The last tick that was finished.
    pub(super) async fn last_tick(&self) -> Option<Tick> {
        self.store().take_over("somebody").await.unwrap()
    }

    /// Kafka is down between these times, in milliseconds after T0.
    pub(super) fn kafka_is_down(&self, times: Range<u64>) {
        let publisher = self.publisher.clone();
        self.between(times, move |is_down| publisher.set_down(is_down));
    }

    /// The database is down between these times, in milliseconds after T0.
    pub(super) fn storage_is_down(&self, times: Range<u64>) {
        let database = self.database.clone();
        self.between(times, move |is_down| database.set_down(is_down));
    }

    fn between(&self, times: Range<u64>, set: impl Fn(bool) + Send + 'static) {
        let [from, to] =
            [times.start, times.end].map(|ms| self.started + Duration::from_millis(ms));
        tokio::spawn(async move {
            tokio::time::sleep_until(from).await;
            set(true);
            tokio::time::sleep_until(to).await;
            set(false);
        });
    }

    /// Waits until so many milliseconds after T0.
    pub(super) async fn at(&self, ms: u64) {
        tokio::time::sleep_until(self.started + Duration::from_millis(ms)).await;
    }

    /// What was published, with when (milliseconds after T0).
    pub(super) fn published(&self) -> Vec<(u64, Record)> {
        let published = self.publisher.published().into_iter();
        published
            .map(|(at, record)| (self.ms_of(at), record))
            .collect()
    }

    /// The ticks published for a user, in order, with their times.
    pub(super) fn times_of(&self, user_id: UserId) -> Vec<(u64, u64)> {
        let of_user = |(at, record)| match record {
            Record::Price(update) if update.user_id == user_id => {
                Some((at, update.tick.0.wrapping_sub(T0.0)))
            }
            _ => None,
        };
        self.published().into_iter().filter_map(of_user).collect()
    }

    /// The ticks published for a user, in order.
    pub(super) fn ticks_of(&self, user_id: UserId) -> Vec<u64> {
        let times = self.times_of(user_id).into_iter();
        times.map(|(_, tick)| tick).collect()
    }

    /// Who was announced, with when.
    pub(super) fn announced(&self) -> Vec<(u64, UserId)> {
        let announced = |(at, record)| match record {
            Record::Registration(registration) => Some((at, registration.user_id)),
            _ => None,
        };
        self.published().into_iter().filter_map(announced).collect()
    }

    /// Says that of all who were announced nobody is left in the outbox, and how often somebody was taken off it.
    pub(super) async fn cleared(&self) -> usize {
        let requests = self.database.requests().into_iter();
        let cleared = requests.filter(|request| request.is("UpdateItem", "REMOVE outbox_shard"));
        let cleared = cleared.count();
        assert_eq!(self.store().outbox().await.unwrap().registrations, []);
        cleared
    }
}
