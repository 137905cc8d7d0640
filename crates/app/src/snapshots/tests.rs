mod confirmations;
mod subscriptions;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use domain::user::Preferences;
use domain::{Price, Snapshot, SnapshotId, Statistics, UserId};

use super::*;
use crate::notifications::{Notification, NotificationError, Notifications};
use crate::users::fakes::{ProfilesBy, ada};
use crate::users::{Profile, Users};
use crate::{Error, Result};
use domain::SavedSnapshot;
use feed::EventDispatcher;
use feed::fakes::{Behaviour, MemoryFeed};

const NOW_MS: u64 = 1_767_225_600_123;

/// A world in memory; a token is the id of its user.
#[derive(Clone, Default)]
struct World(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    saved: HashMap<SnapshotId, u64>,
    statistics: HashMap<UserId, Statistics>,
    feed: Arc<MemoryFeed>,
    /// What became of what was asked of the notification service.
    confirmed: Vec<String>,
    service: Service,
    /// Whether user 1 wants snapshots confirmed.
    wants_confirmations: bool,
    strangers_exist: bool,
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
impl Snapshots for World {
    async fn reserve_snapshot(&self, _: &Snapshot, _: Option<&IdempotencyKey>) -> Result<Snapshot> {
        unreachable!("nobody asks")
    }

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

    async fn find_snapshot(
        &self,
        _: domain::UserId,
        _: domain::SnapshotId,
    ) -> crate::Result<Option<crate::snapshots::SnapshotStatus>> {
        unreachable!("nobody asks")
    }

    async fn saved_before(
        &self,
        _: domain::UserId,
        _: Option<domain::SnapshotId>,
        _: u16,
    ) -> crate::Result<Vec<domain::SavedSnapshot>> {
        unreachable!("nobody asks")
    }
}

#[async_trait]
impl Notifications for World {
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

impl World {
    fn users(&self) -> Arc<dyn Users> {
        let world = self.clone();
        Arc::new(ProfilesBy(move |id| {
            let state = world.0.lock().unwrap();
            let is_there = id == user(1) || state.strangers_exist;
            Ok(is_there.then(|| Profile {
                preferences: Preferences {
                    snapshot_saved: state.wants_confirmations && id == user(1),
                    ..Preferences::default()
                },
                ..ada(id)
            }))
        }))
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
            snapshots: Arc::<Self>::clone(&world),
            users: self.users(),
            notifications: world,
            dispatcher: feed.dispatcher(),
        })
    }
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
