use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use async_trait::async_trait;
use domain::UserId;

use super::*;
use crate::users::fakes::{ProfilesBy, ada};
use feed::fakes::{MemoryFeed, live_operation};
use feed::{AudienceShard, Interest};

const NOW_MS: u64 = 1_767_225_600_000;

/// Two connections that listen to the raw feed, one with a subscription to an operation, users, and the notification service.
#[derive(Default)]
struct World {
    departed: Mutex<HashSet<UserId>>,
    is_down: Mutex<bool>,
    refused: Mutex<HashSet<String>>,
    limits: Mutex<HashMap<String, Vec<Duration>>>,
    accepted: Mutex<HashSet<String>>,
    feed: Arc<MemoryFeed>,
}

#[async_trait]
impl Notifications for World {
    async fn send(
        &self,
        notification: &Notification,
        _: Duration,
    ) -> Result<(), NotificationError> {
        let key = &notification.idempotency_key;
        if *self.is_down.lock().unwrap() {
            return Err(NotificationError::Unavailable("down".into()));
        }
        if self.refused.lock().unwrap().contains(key) {
            return Err(NotificationError::Refused("no".into()));
        }
        let limit = self.limits.lock().unwrap().get_mut(key).and_then(Vec::pop);
        if let Some(retry_after) = limit {
            return Err(NotificationError::RateLimited { retry_after });
        }
        self.accepted.lock().unwrap().insert(key.clone());
        Ok(())
    }
}

fn user(number: u8) -> UserId {
    UserId::generate(NOW_MS + u64::from(number), &[number; 10])
}

fn key(number: u8) -> String {
    format!("welcome#{}", user(number))
}

fn registration(number: u8) -> Registration {
    Registration {
        user_id: user(number),
        name: format!("user {number}"),
        registered_at_ms: NOW_MS + u64::from(number),
    }
}

fn follow_up(world: &Arc<World>) -> FollowUpRegistrations {
    let feed = &world.feed;
    feed.store("op");
    let shard = |n| (AudienceShard::Registrations(n), Interest::Registrations);
    // Who subscribes twice is told once.
    feed.subscribe(("c0", "a"), shard(0), None);
    feed.subscribe(("c0", "b"), shard(0), None);
    feed.subscribe(("c1", "live"), shard(1), Some(live_operation("op")));
    feed.subscribe(("c2", "a"), shard(2), None);
    let fan_out = feed.fan_out();
    FollowUpRegistrations {
        fan_out,
        users: {
            let world = Arc::clone(world);
            Arc::new(ProfilesBy(move |id| {
                let is_there = !world.departed.lock().unwrap().contains(&id);
                Ok(is_there.then(|| ada(id)))
            }))
        },
        notifications: Arc::<World>::clone(world),
        prices: PriceModel::new(&[7; 32]),
    }
}

#[tokio::test]
async fn new_users_are_announced_in_one_frame_and_welcomed() {
    let world = Arc::<World>::default();
    let batch = [registration(2), registration(1), registration(2)];
    let report = follow_up(&world).follow_up(&batch, NOW_MS).await.unwrap();
    let line = |n| {
        let price = PriceModel::new(&[7; 32])
            .shareholder(user(n))
            .opening_price();
        format!("{} user {n} {price}\n", user(n))
    };
    let frame = line(1) + &line(2);
    let live = |number| {
        (
            "c1",
            format!("live next \"op registered {}\"\n", user(number)),
        )
    };
    let expected = [("c0", frame.clone()), live(1), live(2), ("c2", frame)];
    let expected = expected.map(|(to, frame)| (to.to_owned(), frame));
    assert_eq!(world.feed.take_posts(), expected);
    assert_eq!((report.welcomed, report.announced.repeated), (3, 1));
    let accepted = world.accepted.lock().unwrap();
    assert_eq!(*accepted, HashSet::from([key(1), key(2)]));
}

#[tokio::test]
async fn an_outage_fails_the_batch_and_nobody_is_announced_twice() {
    let world = Arc::<World>::default();
    let follow_up = follow_up(&world);
    let batch = [registration(1), registration(2)];
    *world.is_down.lock().unwrap() = true;
    for _ in 0..3 {
        let error = follow_up.follow_up(&batch, NOW_MS).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
    }
    *world.is_down.lock().unwrap() = false;
    let report = follow_up.follow_up(&batch, NOW_MS).await.unwrap();
    assert_eq!(report.welcomed, 2);
    assert_eq!(world.feed.take_posts().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn who_can_not_be_welcomed_holds_up_nobody() {
    let world = Arc::<World>::default();
    world.refused.lock().unwrap().insert(key(1));
    let hour = vec![Duration::from_secs(3600)];
    let seconds = vec![Duration::from_secs(4), Duration::from_secs(4)];
    world
        .limits
        .lock()
        .unwrap()
        .extend([(key(2), hour), (key(3), seconds)]);
    let batch = [1, 2, 3, 4].map(registration);
    let report = follow_up(&world).follow_up(&batch, NOW_MS).await.unwrap();
    assert_eq!(report.welcomed, 2);
    let mut unwelcome = report.unwelcome;
    unwelcome.sort();
    assert_eq!(
        unwelcome,
        [
            (0, "the notification was refused: no".to_owned()),
            (
                1,
                "the recipient may be written to again in 3600 s".to_owned()
            ),
        ]
    );
    let accepted = world.accepted.lock().unwrap();
    assert_eq!(*accepted, HashSet::from([key(3), key(4)]));
}

#[tokio::test]
async fn users_who_no_longer_exist_are_passed_over() {
    let world = Arc::<World>::default();
    world.departed.lock().unwrap().insert(user(1));
    let batch = [registration(1)];
    let report = follow_up(&world).follow_up(&batch, NOW_MS).await.unwrap();
    assert_eq!((report.departed, report.welcomed), (1, 0));
    assert!(world.feed.take_posts().is_empty());
    assert!(world.accepted.lock().unwrap().is_empty());
}
