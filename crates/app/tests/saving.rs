use std::sync::Arc;

use app::snapshots::{IdempotencyKey, SaveSnapshot, Snapshots as _};
use app::users::{CurrentUser, Users as _};
use domain::{PriceModel, Snapshot, SnapshotId, Tick, UserId};
use test_kit::{TestDatabase, current_user, new_user, user_id};

const NOW_MS: u64 = 1_767_225_600_123;

/// User 1, who exists.
struct World {
    database: TestDatabase,
}

fn user(number: u8) -> UserId {
    user_id(NOW_MS - 60_000, number)
}

fn id(number: u8) -> SnapshotId {
    SnapshotId::generate(NOW_MS + u64::from(number), &[number; 10])
}

fn model() -> PriceModel {
    PriceModel::new(&[7; 32])
}

impl World {
    async fn start() -> Self {
        let database = TestDatabase::start().await;
        let ada = new_user(user(1));
        database.users().create_user(&ada).await.unwrap();
        Self { database }
    }

    async fn ada(&self) -> CurrentUser {
        let token = user(1).to_string();
        current_user(self.database.users(), &token).await.unwrap()
    }

    async fn outbox(&self) -> Vec<Snapshot> {
        let outbox = self.database.snapshots().snapshot_outbox(10).await;
        outbox.unwrap()
    }

    fn save(&self) -> SaveSnapshot {
        SaveSnapshot {
            prices: model(),
            snapshots: Arc::new(self.database.snapshots()),
        }
    }
}

#[tokio::test]
async fn the_live_price_is_put_on_the_outbox() {
    let world = World::start().await;
    let ada = world.ada().await;
    let saved = world.save().save(&ada, None, id(1)).await.unwrap();
    let price = model().shareholder(user(1)).price_at(Tick::at_ms(NOW_MS));
    assert_eq!((saved.id, saved.price), (id(1), price));
    assert_eq!(world.outbox().await, [saved]);
}

#[tokio::test]
async fn a_request_repeated_under_its_key_is_the_same_snapshot() {
    let world = World::start().await;
    let ada = world.ada().await;
    let key = IdempotencyKey::parse("k").unwrap();
    let save = async |number| world.save().save(&ada, Some(&key), id(number)).await;
    world.database.set_down(true);
    let error = save(1).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    world.database.set_down(false);
    let first = save(2).await.unwrap();
    let second = save(3).await.unwrap();
    assert_eq!((first.id, second), (id(2), first));
    assert_eq!(world.outbox().await, [first]);
    let other = world.save().save(&ada, None, id(4)).await.unwrap();
    assert_eq!(other.id, id(4));
}
