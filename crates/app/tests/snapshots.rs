mod confirmations;
mod subscriptions;

use std::sync::Arc;

use app::snapshots::{Snapshots as _, WritePorts, WriteReport, WriteSnapshots};
use app::users::{NewUser, Users as _};
use domain::{Price, Snapshot, SnapshotId, Statistics, UserId};
use feed::fakes::Behaviour;
use test_kit::{Reaction, TestDatabase, TestFeed, TestNotifications, new_user, user_id};

const NOW_MS: u64 = 1_767_225_600_123;

/// User 1 on three connections, of which one is gone and one takes nothing.
struct World {
    database: TestDatabase,
    feed: TestFeed,
    notifications: TestNotifications,
}

fn user(number: u8) -> UserId {
    user_id(NOW_MS - 60_000, number)
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

fn ada() -> NewUser {
    new_user(user(1))
}

impl World {
    async fn start() -> Self {
        Self::of([ada()]).await
    }

    async fn of<const N: usize>(users: [NewUser; N]) -> Self {
        let database = TestDatabase::start().await;
        for user in &users {
            database.users().create_user(user).await.unwrap();
        }
        let feed = TestFeed::new(&database, NOW_MS);
        for id in ["gone", "slow", "fine"] {
            feed.open(id, Some(user(1))).await;
        }
        feed.behave("gone", Behaviour::Gone);
        feed.behave("slow", Behaviour::Refuses);
        Self {
            database,
            feed,
            notifications: TestNotifications::default(),
        }
    }

    /// A process that has just started.
    fn writer(&self) -> WriteSnapshots {
        WriteSnapshots::new(WritePorts {
            snapshots: Arc::new(self.database.snapshots()),
            users: Arc::new(self.database.users()),
            notifications: Arc::new(self.notifications.clone()),
            dispatcher: self.feed.dispatcher(),
        })
    }

    async fn statistics(&self, number: u8) -> Option<Statistics> {
        let snapshots = self.database.snapshots();
        snapshots.statistics(user(number)).await.unwrap()
    }
}

fn counts(report: &WriteReport) -> (usize, usize, usize) {
    (report.saved, report.repeated, report.told)
}

#[tokio::test]
async fn a_snapshot_is_saved_once_and_told_by_each_process_once() {
    let world = World::of([ada(), new_user(user(2))]).await;
    let batch = [
        snapshot(1, 1, 10_000),
        snapshot(2, 1, 11_000),
        snapshot(3, 2, 5_000),
        snapshot(2, 1, 11_000),
    ];
    let writer = world.writer();
    let report = writer.write(&batch, NOW_MS).await.unwrap();
    assert_eq!(counts(&report), (3, 1, 2));
    let report = writer.write(&batch, NOW_MS + 1).await.unwrap();
    assert_eq!(counts(&report), (0, 4, 0));
    let report = world.writer().write(&batch, NOW_MS + 1).await.unwrap();
    assert_eq!(counts(&report), (0, 4, 2));

    let of_first = world.statistics(1).await.unwrap();
    assert_eq!((of_first.count, of_first.last.id), (2, id(2)));
    assert_eq!(world.statistics(2).await.unwrap().count, 1);
    // The instant is that of the first time.
    let told = format!("saved {}@{NOW_MS}", id(1));
    let all_told = world.feed.sent();
    assert_eq!(all_told[0], ("fine".to_owned(), told));
    assert_eq!(all_told[2], all_told[0]);
    assert_eq!(world.notifications.asked(), 0, "nobody wants that");
}

#[tokio::test]
async fn statistics_that_others_change_are_read_again() {
    let world = World::start().await;
    let overtake = |mut times: u32| {
        world.database.react(move |request| {
            if times > 0 && request.is("TransactWriteItems", "SnapshotsTable") {
                times -= 1;
                return Reaction::Overtake;
            }
            Reaction::Answer
        });
    };
    overtake(7);
    let batch = [snapshot(1, 1, 10_000)];
    assert_eq!(world.writer().write(&batch, NOW_MS).await.unwrap().saved, 1);
    overtake(8);
    let batch = [snapshot(2, 1, 1)];
    let error = world.writer().write(&batch, NOW_MS).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
}

#[tokio::test]
async fn a_broken_store_fails_the_batch() {
    let world = World::start().await;
    world.database.react(|request| {
        if request.is("TransactWriteItems", "SnapshotsTable") {
            Reaction::Fail
        } else {
            Reaction::Answer
        }
    });
    let batch = [snapshot(1, 1, 10_000)];
    assert!(world.writer().write(&batch, NOW_MS).await.is_err());
    assert!(world.feed.sent().is_empty());
}
