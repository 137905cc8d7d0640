use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use app::notifications::{Notification, NotificationError};
use app::registrations::FollowUpRegistrations;
use app::ticks::Registration;
use app::users::Users as _;
use domain::{PriceModel, UserId};
use feed::session::Watch;
use test_kit::{TestDatabase, TestFeed, TestNotifications, new_user};

const NOW_MS: u64 = 1_767_225_600_000;

/// Users, three connections that listen to registrations, one of them with a subscription to an operation, and the
/// notification service.
struct World {
    database: TestDatabase,
    feed: TestFeed,
    notifications: TestNotifications,
}

fn user(number: u8) -> UserId {
    test_kit::user_id(NOW_MS + u64::from(number), number)
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

impl World {
    /// These users exist.
    async fn of(existing: impl IntoIterator<Item = u8>) -> Self {
        let database = TestDatabase::start().await;
        for number in existing {
            let new = new_user(user(number));
            database.users().create_user(&new).await.unwrap();
        }
        let feed = TestFeed::new(&database, NOW_MS);
        // Who subscribes twice is told once.
        for (to, operation) in [
            (("c0", "a"), None),
            (("c0", "b"), None),
            (("c1", "live"), Some("op")),
            (("c2", "a"), None),
        ] {
            if to.1 != "b" {
                feed.open(to.0, Some(user(99))).await;
            }
            let watch = Watch::Registrations;
            feed.subscribe(to, user(99), watch, operation).await;
        }
        Self {
            database,
            feed,
            notifications: TestNotifications::default(),
        }
    }

    fn follow_up(&self) -> FollowUpRegistrations {
        FollowUpRegistrations {
            fan_out: self.feed.fan_out(),
            users: Arc::new(self.database.users()),
            notifications: Arc::new(self.notifications.clone()),
            prices: PriceModel::new(&[7; 32]),
        }
    }

    fn accepted(&self) -> Vec<String> {
        let accepted = self.notifications.accepted().into_iter();
        let mut keys: Vec<_> = accepted.map(|accepted| accepted.idempotency_key).collect();
        keys.sort();
        keys
    }
}

#[tokio::test]
async fn new_users_are_announced_in_one_frame_and_welcomed() {
    let world = World::of([1, 2]).await;
    let batch = [registration(2), registration(1), registration(2)];
    let report = world.follow_up().follow_up(&batch, NOW_MS).await.unwrap();
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
    assert_eq!(world.feed.sent(), expected);
    assert_eq!((report.welcomed, report.announced.repeated), (3, 1));
    assert_eq!(world.accepted(), [key(1), key(2)]);
}

#[tokio::test]
async fn an_outage_fails_the_batch_and_nobody_is_announced_twice() {
    let world = World::of([1, 2]).await;
    let follow_up = world.follow_up();
    let batch = [registration(1), registration(2)];
    let down = |_: &_| Err(NotificationError::Unavailable("down".into()));
    world.notifications.answer(down);
    for _ in 0..3 {
        let error = follow_up.follow_up(&batch, NOW_MS).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
    }
    world.notifications.accept();
    let report = follow_up.follow_up(&batch, NOW_MS).await.unwrap();
    assert_eq!(report.welcomed, 2);
    assert_eq!(world.feed.sent().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn who_can_not_be_welcomed_holds_up_nobody() {
    let world = World::of(1..=4).await;
    let mut limits = HashMap::from([(key(2), vec![3600]), (key(3), vec![4, 4])]);
    world
        .notifications
        .answer(move |notification: &Notification| {
            let key = &notification.idempotency_key;
            if *key == self::key(1) {
                return Err(NotificationError::Refused("no".into()));
            }
            match limits.get_mut(key).and_then(Vec::pop) {
                Some(seconds) => Err(NotificationError::RateLimited {
                    retry_after: Duration::from_secs(seconds),
                }),
                None => Ok(()),
            }
        });
    let batch = [1, 2, 3, 4].map(registration);
    let report = world.follow_up().follow_up(&batch, NOW_MS).await.unwrap();
    assert_eq!(report.welcomed, 2);
    let mut unwelcome = report.unwelcome;
    unwelcome.sort();
    let refused = "the notification was refused: no";
    let limited = "the recipient may be written to again in 3600 s";
    let expected = [(0, refused.to_owned()), (1, limited.to_owned())];
    assert_eq!(unwelcome, expected);
    assert_eq!(world.accepted(), [key(3), key(4)]);
}

#[tokio::test]
async fn users_who_no_longer_exist_are_passed_over() {
    let world = World::of([]).await;
    let batch = [registration(1)];
    let report = world.follow_up().follow_up(&batch, NOW_MS).await.unwrap();
    assert_eq!((report.departed, report.welcomed), (1, 0));
    assert!(world.feed.sent().is_empty());
    assert!(world.accepted().is_empty());
}
