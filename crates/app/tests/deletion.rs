use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use app::Result;
use app::alerts::Alerts as _;
use app::snapshots::Snapshots as _;
use app::users::*;
use domain::alert::{Alert, AlertId, AlertState, Channel, Condition, Crossing};
use domain::{Price, SavedSnapshot, Snapshot, SnapshotId, Tick, UserId};
use feed::Clock as _;
use store::feed::DynamoAlerts;
use test_kit::{
    Reaction, TestClock, TestDatabase, current_user, new_user, save_snapshots, user_id,
};
use tokio::time::{sleep, timeout};

const NOW: u64 = 1_767_225_600_000;
const MINUTE: Duration = Duration::from_mins(1);

/// Users 1 and 2, each with three snapshots and an alert.
struct World {
    database: TestDatabase,
    clock: Arc<TestClock>,
    kept: AtomicU16,
}

fn user(number: u8) -> UserId {
    user_id(NOW, number)
}

impl World {
    async fn start() -> Self {
        let world = Self {
            database: TestDatabase::start().await,
            clock: Arc::new(TestClock::running_from(NOW)),
            kept: AtomicU16::new(0),
        };
        for number in [1, 2] {
            let new = new_user(user(number));
            world.database.users().create_user(&new).await.unwrap();
            world.keep(user(number), 3).await;
        }
        world
    }

    fn alerts(&self) -> DynamoAlerts {
        self.database.alerts(Arc::<TestClock>::clone(&self.clock))
    }

    /// Keeps more snapshots, and an alert, of a user.
    async fn keep(&self, user_id: UserId, snapshots: u16) {
        let price = Price::from_cents(100).unwrap();
        let mut random = [0; 10];
        let snapshots: Vec<_> = (0..snapshots)
            .map(|_| {
                let number = self.kept.fetch_add(1, Ordering::Relaxed);
                random[..2].copy_from_slice(&number.to_be_bytes());
                let id = SnapshotId::generate(NOW + u64::from(number), &random);
                let snapshot = Snapshot { id, user_id, price };
                SavedSnapshot {
                    snapshot,
                    saved_at_ms: NOW,
                }
            })
            .collect();
        save_snapshots(&self.database.snapshots(), &snapshots).await;
        let alert = Alert {
            id: AlertId::generate(NOW, &random),
            user_id,
            condition: Condition {
                crossing: Crossing::Above,
                threshold: price,
            },
            channel: Channel::Email,
            state: AlertState::Armed { from: Tick(0) },
        };
        assert!(self.alerts().add_alert(&alert).await.unwrap());
    }

    /// The snapshots and alerts that are left of a user.
    async fn left_of(&self, user: UserId) -> [usize; 2] {
        let snapshots = self.database.snapshots();
        let snapshots = snapshots.saved_before(user, None, u16::MAX).await;
        let alerts = self.alerts().alerts_of(user).await;
        [snapshots.unwrap().len(), alerts.unwrap().len()]
    }

    /// Erasing 25 items takes so long from now on.
    fn slow_down(&self, takes: Duration) {
        self.database.react(move |request| {
            if request.operation == "BatchWriteItem" {
                Reaction::Delay(takes)
            } else {
                Reaction::Answer
            }
        });
    }

    fn places(&self) -> Box<dyn EraseUser> {
        Box::new(EraseEverywhere(vec![
            Box::new(self.database.snapshots()),
            Box::new(self.alerts()),
        ]))
    }

    async fn delete_user(&self, user: UserId) -> Result<()> {
        let delete = DeleteUser {
            users: Arc::new(self.database.users()),
            places: self.places(),
        };
        let user = current_user(self.database.users(), &user.to_string()).await?;
        delete.delete(&user, self.clock.now_ms()).await
    }

    async fn erase_users(&self) -> ErasureReport {
        let erase = EraseUsers {
            clock: Arc::<TestClock>::clone(&self.clock),
            users: Arc::new(self.database.users()),
            places: self.places(),
        };
        erase.run(self.clock.now_ms() + 50_000).await.unwrap()
    }
}

fn report(finished: usize, waiting: usize, failed: usize) -> ErasureReport {
    ErasureReport {
        finished,
        waiting,
        failed,
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_in_one_place_keeps_neither_the_deletion_nor_the_other_place() {
    let world = World::start().await;
    world.database.react(|request| {
        if request.is("BatchWriteItem", "SnapshotsTable") {
            Reaction::Fail
        } else {
            Reaction::Answer
        }
    });
    world.delete_user(user(1)).await.unwrap();
    assert_eq!(world.left_of(user(1)).await, [3, 0]);

    sleep(MINUTE).await;
    assert_eq!(world.erase_users().await, report(0, 0, 1));
    world.database.heal();
    assert_eq!(world.erase_users().await, report(1, 0, 0));
    assert_eq!(world.left_of(user(1)).await, [0, 0]);
    assert_eq!(world.erase_users().await, report(0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_long_for_the_erasure_of_a_user_of_whom_much_is_kept() {
    let world = World::start().await;
    world.keep(user(1), 297).await;
    world.slow_down(Duration::from_secs(2));
    let asked = tokio::time::Instant::now();
    world.delete_user(user(1)).await.unwrap();
    assert!(asked.elapsed() <= Duration::from_secs(5));
    assert_eq!(world.left_of(user(1)).await, [250, 0]);

    // Each run goes on where the one before had to end.
    world.slow_down(Duration::from_secs(10));
    sleep(MINUTE).await;
    for expected in [report(0, 1, 0), report(0, 1, 0), report(1, 0, 0)] {
        assert_eq!(world.erase_users().await, expected);
    }
    assert_eq!(world.left_of(user(1)).await, [0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_dies_while_it_erases_leaves_the_rest_to_the_next() {
    let world = World::start().await;
    world.keep(user(1), 57).await;
    world.slow_down(Duration::from_secs(1));
    let lifetime = Duration::from_millis(1_500);
    let dies = timeout(lifetime, world.delete_user(user(1))).await;
    assert!(dies.is_err());
    assert_eq!(world.left_of(user(1)).await, [35, 0]);
    let users = world.database.users();
    for (number, is_there) in [(1, false), (2, true)] {
        let found = users.find_profile(user(number)).await.unwrap();
        assert_eq!(found.is_some(), is_there);
    }

    sleep(MINUTE).await;
    let dies = timeout(lifetime, world.erase_users()).await;
    assert!(dies.is_err());
    assert_eq!(world.left_of(user(1)).await, [10, 0]);
    assert_eq!(world.erase_users().await, report(1, 0, 0));
    assert_eq!(world.left_of(user(1)).await, [0, 0]);
    assert_eq!(world.left_of(user(2)).await, [3, 1]);
}

#[tokio::test(start_paused = true)]
async fn what_is_written_late_is_erased_too() {
    let world = World::start().await;
    world.delete_user(user(1)).await.unwrap();
    // Somebody was at work who had found the user in existence.
    world.keep(user(1), 1).await;
    sleep(MINUTE / 2).await;
    assert_eq!(world.erase_users().await, report(0, 1, 0));
    assert_eq!(world.left_of(user(1)).await, [0, 0]);
    world.keep(user(1), 1).await;
    sleep(MINUTE / 2).await;
    assert_eq!(world.erase_users().await, report(1, 0, 0));
    assert_eq!(world.left_of(user(1)).await, [0, 0]);
}
