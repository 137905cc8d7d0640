use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use app::notifications::{Notification, NotificationError, Notifications};
use app::publisher::{Published, TickBatch, TickPublisher};
use app::ticks::Registration;
use app::{Error, Result};
use async_trait::async_trait;
use domain::market::Summary;
use domain::{PriceUpdate, Snapshot, UserId};
use tokio::time::{Instant, sleep};

/// The partition of a user's prices: there are four.
#[must_use]
pub fn price_partition(user_id: UserId) -> i32 {
    let partition = i32::try_from(domain::partition(user_id, 4));
    partition.expect("below four")
}

/// What was published.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A price.
    Price(PriceUpdate),
    /// A summary of the market.
    Summary(Summary),
    /// That a user has registered.
    Registration(Registration),
    /// That a snapshot was asked for.
    Snapshot(Snapshot),
}

/// Kafka: what was published and when, how long that takes, and that the brokers are down.
#[derive(Debug, Clone, Default)]
pub struct TestPublisher(Arc<Mutex<Topics>>);

#[derive(Debug, Default)]
struct Topics {
    records: Vec<(Instant, Record)>,
    price_ends: BTreeMap<i32, i64>,
    takes: Duration,
    is_down: bool,
}

impl TestPublisher {
    /// Takes the brokers down, or brings them up.
    pub fn set_down(&self, is_down: bool) {
        self.topics().is_down = is_down;
    }

    /// Has each publication take this time.
    pub fn take(&self, time: Duration) {
        self.topics().takes = time;
    }

    /// What was published, and when.
    #[must_use]
    pub fn published(&self) -> Vec<(Instant, Record)> {
        self.topics().records.clone()
    }

    fn topics(&self) -> MutexGuard<'_, Topics> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the partitions of these prices end.
    fn price_ends(&self, records: &[Record]) -> Vec<(i32, i64)> {
        let mut topics = self.topics();
        let mut ends = BTreeMap::new();
        for record in records {
            if let Record::Price(update) = record {
                let partition = price_partition(update.user_id);
                let end = topics.price_ends.entry(partition).or_default();
                *end += 1;
                ends.insert(partition, *end);
            }
        }
        ends.into_iter().collect()
    }

    async fn publish_records(&self, records: &[Record]) -> Result<()> {
        let takes = self.topics().takes;
        sleep(takes).await;
        self.connect().await?;
        let records = records
            .iter()
            .map(|record| (Instant::now(), record.clone()));
        self.topics().records.extend(records);
        Ok(())
    }
}

#[async_trait]
impl TickPublisher for TestPublisher {
    async fn connect(&self) -> Result<()> {
        if self.topics().is_down {
            return Err(Error::Unavailable {
                what: "Kafka",
                source: "the brokers are down".into(),
            });
        }
        Ok(())
    }

    fn batch(&self, _: usize) -> Box<dyn TickBatch> {
        Box::new(Batch {
            publisher: self.clone(),
            records: Vec::new(),
        })
    }
}

struct Batch {
    publisher: TestPublisher,
    records: Vec<Record>,
}

#[async_trait]
impl TickBatch for Batch {
    fn price(&mut self, update: &PriceUpdate) {
        self.records.push(Record::Price(*update));
    }

    fn summary(&mut self, summary: &Summary) {
        self.records.push(Record::Summary(summary.clone()));
    }

    fn registration(&mut self, registration: &Registration) {
        self.records
            .push(Record::Registration(registration.clone()));
    }

    fn snapshot(&mut self, snapshot: &Snapshot) {
        self.records.push(Record::Snapshot(*snapshot));
    }

    async fn publish(&mut self) -> Result<Published> {
        self.publisher.publish_records(&self.records).await?;
        Ok(Published {
            records: self.records.len() as u64,
            bytes: 0,
            price_ends: self.publisher.price_ends(&self.records),
        })
    }
}

/// How the notification service answers.
type Answer = Box<dyn FnMut(&Notification) -> Result<(), NotificationError> + Send>;

/// The notification service: what it accepted, and how it answers. It accepts everything unless told otherwise.
#[derive(Clone, Default)]
pub struct TestNotifications(Arc<Mutex<Service>>);

#[derive(Default)]
struct Service {
    asked: usize,
    accepted: Vec<Notification>,
    answer: Option<Answer>,
}

impl TestNotifications {
    /// Has the service answer like this from now on.
    pub fn answer(
        &self,
        answer: impl FnMut(&Notification) -> Result<(), NotificationError> + Send + 'static,
    ) {
        self.service().answer = Some(Box::new(answer));
    }

    /// Has the service accept everything again.
    pub fn accept(&self) {
        self.service().answer = None;
    }

    /// What it accepted, each notification once however often it was asked for, as it sends each once.
    #[must_use]
    pub fn accepted(&self) -> Vec<Notification> {
        self.service().accepted.clone()
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.service().asked
    }

    fn service(&self) -> MutexGuard<'_, Service> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Notifications for TestNotifications {
    async fn send(
        &self,
        notification: &Notification,
        _: Duration,
    ) -> Result<(), NotificationError> {
        let mut service = self.service();
        service.asked += 1;
        if let Some(answer) = &mut service.answer {
            answer(notification)?;
        }
        if !service.accepted.contains(notification) {
            service.accepted.push(notification.clone());
        }
        Ok(())
    }
}
