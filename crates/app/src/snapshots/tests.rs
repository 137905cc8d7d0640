mod confirmations;
mod subscriptions;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::user::Preferences;
use domain::{Price, PriceModel, Snapshot, SnapshotId, Statistics, Tick, UserId};

use super::*;
use crate::notifications::{Notification, NotificationError, SendNotification};
use crate::users::{FindProfile, Profile};
use crate::{Error, Result};
use domain::SavedSnapshot;
use feed::fakes::{Behaviour, MemoryFeed};
use feed::{Authenticated, EventDispatcher, VerifyToken};

const NOW_MS: u64 = 1_767_225_600_123;

/// A world in memory; a token is the id of its user.
#[derive(Clone, Default)]
struct World(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    reserved: HashMap<String, Snapshot>,
    published: Vec<Snapshot>,
    saved: HashMap<SnapshotId, u64>,
    statistics: HashMap<UserId, Statistics>,
    feed: Arc<MemoryFeed>,
    /// What became of what was asked of the notification service.
    confirmed: Vec<String>,
    service: Service,
    /// Whether user 1 wants snapshots confirmed.
    wants_confirmations: bool,
    strangers_exist: bool,
    broker_is_down: bool,
    database_is_down: bool,
    /// How often the statistics change behind the writer's back.
    overtaken: u32,
}

#[derive(Default, Clone, Copy)]
enum Service {
    #[default]
    Accepts,
    IsDown,
    Refuses,
}

fn outage() -> Error {
    Error::Unavailable {
        what: "it",
        source: "out of order".into(),
    }
}

#[async_trait]
impl VerifyToken for World {
    async fn verify(&self, token: &str, now_ms: u64) -> feed::Result<Authenticated> {
        let user_id =
            UserId::parse(token).map_err(|_| feed::Error::Unauthenticated("malformed"))?;
        Ok(Authenticated {
            user_id,
            expires_at: now_ms / 1000 + 1,
            role: Default::default(),
        })
    }
}

#[async_trait]
impl FindProfile for World {
    async fn find_profile(&self, id: UserId) -> Result<Option<Profile>> {
        let state = self.0.lock().unwrap();
        let is_there = id == user(1) || state.strangers_exist;
        Ok(is_there.then(|| Profile {
            id,
            name: domain::user::Name::parse("Ada").unwrap(),
            email: domain::user::Email::parse("ada@example.com").unwrap(),
            phone: None,
            preferences: Preferences {
                snapshot_saved: state.wants_confirmations && id == user(1),
                ..Preferences::default()
            },
        }))
    }
}

#[async_trait]
impl ReserveSnapshot for World {
    async fn reserve_snapshot(
        &self,
        snapshot: &Snapshot,
        key: Option<&IdempotencyKey>,
    ) -> Result<Snapshot> {
        let mut state = self.0.lock().unwrap();
        let name = key.map_or_else(|| snapshot.id.to_string(), IdempotencyKey::to_string);
        Ok(*state.reserved.entry(name).or_insert(*snapshot))
    }
}

#[async_trait]
impl PublishSnapshot for World {
    async fn publish_snapshot(&self, snapshot: &Snapshot) -> Result<()> {
        let mut state = self.0.lock().unwrap();
        if state.broker_is_down {
            return Err(outage());
        }
        state.published.push(*snapshot);
        Ok(())
    }
}

#[async_trait]
impl StoreSnapshot for World {
    async fn statistics(&self, user: UserId) -> Result<Option<Statistics>> {
        Ok(self.0.lock().unwrap().statistics.get(&user).copied())
    }

    async fn store_snapshot(
        &self,
        saved: &SavedSnapshot,
        seen: Option<&Statistics>,
        new: &Statistics,
    ) -> Result<Stored> {
        let mut state = self.0.lock().unwrap();
        let (id, user) = (saved.snapshot.id, saved.snapshot.user_id);
        if state.database_is_down {
            return Err(outage());
        }
        if let Some(at) = state.saved.get(&id) {
            return Ok(Stored::Already(*at));
        }
        if state.overtaken > 0 {
            state.overtaken -= 1;
            return Ok(Stored::Overtaken);
        }
        assert_eq!(state.statistics.get(&user), seen);
        state.saved.insert(id, saved.saved_at_ms);
        state.statistics.insert(user, *new);
        Ok(Stored::Done)
    }
}

#[async_trait]
impl SendNotification for World {
    async fn send(
        &self,
        notification: &Notification,
        _: Duration,
    ) -> Result<(), NotificationError> {
        let mut state = self.0.lock().unwrap();
        match state.service {
            Service::Accepts => {
                let key = notification.idempotency_key.clone();
                state.confirmed.push(key);
                Ok(())
            }
            Service::IsDown => Err(NotificationError::Unavailable("down".into())),
            Service::Refuses => Err(NotificationError::Refused("no".into())),
        }
    }
}

fn user(number: u8) -> UserId {
    UserId::generate(NOW_MS - 60_000, &[number; 10])
}

fn id(number: u8) -> SnapshotId {
    SnapshotId::generate(NOW_MS + u64::from(number), &[number; 10])
}

fn snapshot(number: u8, owner: u8, cents: u64) -> Snapshot {
    Snapshot {
        id: id(number),
        user_id: user(owner),
        price: Price::from_cents(cents).unwrap(),
    }
}

fn model() -> PriceModel {
    PriceModel::new(&[7; 32])
}

impl World {
    fn save(&self) -> SaveSnapshot {
        SaveSnapshot {
            tokens: Box::new(self.clone()),
            profiles: Box::new(self.clone()),
            prices: model(),
            reservations: Box::new(self.clone()),
            publisher: Box::new(self.clone()),
        }
    }

    /// What connections were sent, with whom.
    fn told(&self) -> Vec<(String, String)> {
        let state = self.0.lock().unwrap();
        let known = state.feed.known();
        let posts = known.posts.iter();
        posts
            .map(|post| (post.to.0.to_string(), post.frame.text()))
            .collect()
    }

    fn writer(&self) -> WriteSnapshots {
        let world = Arc::new(self.clone());
        let feed = Arc::clone(&self.0.lock().unwrap().feed);
        feed.known().owned.clear();
        for id in ["gone", "slow", "fine"] {
            feed.open(id, Some(user(1)));
        }
        feed.behave("gone", Behaviour::Gone);
        feed.behave("slow", Behaviour::Refuses);
        WriteSnapshots::new(WritePorts {
            store: Arc::<Self>::clone(&world),
            profiles: Arc::<Self>::clone(&world),
            notifications: world,
            dispatcher: EventDispatcher::new(feed.ports()),
        })
    }
}

#[tokio::test]
async fn the_live_price_is_published() {
    let world = World::default();
    let token = user(1).to_string();
    let saved = world.save().save(Some(&token), None, id(1)).await.unwrap();
    let price = model().shareholder(user(1)).price_at(Tick::at_ms(NOW_MS));
    assert_eq!((saved.id, saved.price), (id(1), price));
    assert_eq!(world.0.lock().unwrap().published, [saved]);
}

#[tokio::test]
async fn a_request_repeated_under_its_key_is_the_same_snapshot() {
    let world = World::default();
    let token = user(1).to_string();
    let key = IdempotencyKey::parse("k").unwrap();
    let save = async |number| {
        world
            .save()
            .save(Some(&token), Some(&key), id(number))
            .await
    };
    world.0.lock().unwrap().broker_is_down = true;
    let error = save(1).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    world.0.lock().unwrap().broker_is_down = false;
    let first = save(2).await.unwrap();
    let second = save(3).await.unwrap();
    assert_eq!((first.id, second), (id(1), first));
    let other = world.save().save(Some(&token), None, id(4)).await.unwrap();
    assert_eq!(other.id, id(4));
}

#[tokio::test]
async fn nothing_is_reserved_without_a_token_of_somebody_who_exists() {
    let world = World::default();
    let stranger = user(2).to_string();
    for token in [None, Some("nonsense"), Some(stranger.as_str())] {
        let error = world.save().save(token, None, id(1)).await.unwrap_err();
        assert!(matches!(error, Error::Unauthenticated(_)), "{error}");
    }
    let state = world.0.lock().unwrap();
    assert!(state.reserved.is_empty() && state.published.is_empty());
}

#[tokio::test]
async fn a_snapshot_is_saved_once_and_told_by_each_process_once() {
    let world = World::default();
    world.0.lock().unwrap().strangers_exist = true;
    let batch = [
        snapshot(1, 1, 10_000),
        snapshot(2, 1, 11_000),
        snapshot(3, 2, 5_000),
        snapshot(2, 1, 11_000),
    ];
    let writer = world.writer();
    let report = writer.write(&batch, NOW_MS).await.unwrap();
    assert_eq!((report.saved, report.repeated, report.told), (3, 1, 2));
    let report = writer.write(&batch, NOW_MS + 1).await.unwrap();
    assert_eq!((report.saved, report.repeated, report.told), (0, 4, 0));
    let report = world.writer().write(&batch, NOW_MS + 1).await.unwrap();
    assert_eq!((report.saved, report.repeated, report.told), (0, 4, 2));

    let all_told = world.told();
    let state = world.0.lock().unwrap();
    let of_first = state.statistics[&user(1)];
    assert_eq!((of_first.count, of_first.last.id), (2, id(2)));
    assert_eq!(state.statistics[&user(2)].count, 1);
    // The instant is that of the first time.
    let told = format!("saved {}@{NOW_MS}", id(1));
    assert_eq!(all_told[0], ("fine".to_owned(), told));
    assert_eq!(all_told[2], all_told[0]);
    assert!(state.confirmed.is_empty(), "nobody wants that");
}

#[tokio::test]
async fn statistics_that_others_change_are_read_again() {
    let world = World::default();
    world.0.lock().unwrap().overtaken = 7;
    let batch = [snapshot(1, 1, 10_000)];
    assert_eq!(world.writer().write(&batch, NOW_MS).await.unwrap().saved, 1);
    world.0.lock().unwrap().overtaken = 8;
    let error = world
        .writer()
        .write(&[snapshot(2, 1, 1)], NOW_MS)
        .await
        .unwrap_err();
    assert!(error.is_retryable(), "{error}");
}

#[tokio::test]
async fn a_broken_store_fails_the_batch() {
    let world = World::default();
    world.0.lock().unwrap().database_is_down = true;
    let batch = [snapshot(1, 1, 10_000)];
    assert!(world.writer().write(&batch, NOW_MS).await.is_err());
    assert!(world.told().is_empty());
}
