use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use api::feed::FeedFrames;
use api::operations::OperationFrames;
use app::notifications::{Notification, NotificationError, SendNotification};
use app::snapshots::{StoreSnapshot, Stored, WritePorts};
use app::users::{FindProfile, Profile};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::SavedSnapshot;
use domain::user::{Email, Name, Preferences};
use domain::{SnapshotId, Statistics, UserId};
use feed::fakes::{MemoryFeed, live_operation};
use feed::{AudienceShard, DeliveryPorts, EventDispatcher, Interest as On};
use serde_json::{Value, json};

use super::*;

const NOW_MS: u64 = 1_767_225_605_500;
const USER: &str = "019b76da-a800-7000-8000-000000000001";
const ID: &str = "019b76da-bc03-7202-8202-020202020202";

#[derive(Default)]
struct World {
    saved: Mutex<HashMap<SnapshotId, SavedSnapshot>>,
    feed: Arc<MemoryFeed>,
    dead: Mutex<Vec<DeadLetter>>,
    is_broken: Mutex<bool>,
    is_refused: Mutex<bool>,
}

fn outage() -> app::Error {
    app::Error::Unavailable {
        what: "DynamoDB",
        source: "out of order".into(),
    }
}

#[async_trait]
impl StoreSnapshot for World {
    async fn statistics(&self, _: UserId) -> app::Result<Option<Statistics>> {
        Ok(None)
    }

    async fn store_snapshot(
        &self,
        saved: &SavedSnapshot,
        _: Option<&Statistics>,
        _: &Statistics,
    ) -> app::Result<Stored> {
        if *self.is_broken.lock().unwrap() {
            return Err(outage());
        }
        let mut all = self.saved.lock().unwrap();
        Ok(match all.get(&saved.snapshot.id) {
            Some(before) => Stored::Already(before.saved_at_ms),
            None => {
                all.insert(saved.snapshot.id, *saved);
                Stored::Done
            }
        })
    }
}

#[async_trait]
impl FindProfile for World {
    async fn find_profile(&self, id: UserId) -> app::Result<Option<Profile>> {
        Ok(Some(Profile {
            id,
            name: Name::parse("Ada").unwrap(),
            email: Email::parse("ada@example.com").unwrap(),
            phone: None,
            preferences: Preferences {
                snapshot_saved: true,
                ..Preferences::default()
            },
        }))
    }
}

#[async_trait]
impl SendNotification for World {
    async fn send(&self, _: &Notification, _: Duration) -> Result<(), NotificationError> {
        if *self.is_refused.lock().unwrap() {
            return Err(NotificationError::Refused("no such address".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl KeepDeadLetters for World {
    async fn keep(&self, letters: Vec<DeadLetter>) -> app::Result<()> {
        self.dead.lock().unwrap().extend(letters);
        Ok(())
    }
}

fn writer() -> (Arc<World>, SnapshotWriter) {
    let world = Arc::<World>::default();
    world.feed.open("c", None);
    let ports = DeliveryPorts {
        feed: Arc::new(FeedFrames),
        operations: Arc::new(OperationFrames),
        ..world.feed.ports()
    };
    let write = WriteSnapshots::new(WritePorts {
        profiles: Arc::<World>::clone(&world),
        notifications: Arc::<World>::clone(&world),
        store: Arc::<World>::clone(&world),
        dispatcher: EventDispatcher::new(ports),
    });
    let dead_letters: Arc<World> = Arc::clone(&world);
    (world, SnapshotWriter::new(write, dead_letters))
}

fn record(topic: &str, offset: i64, value: &str) -> Value {
    json!({
        "topic": topic, "partition": 3, "offset": offset,
        "key": STANDARD.encode(USER), "value": STANDARD.encode(value),
    })
}

fn requested(offset: i64) -> Value {
    let value = json!({
        "snapshot_id": ID, "user_id": USER, "tick": 353_445_121_u64, "price": "101.20",
        "requested_at": "2026-01-01T00:00:05.123Z",
    });
    record("user.snapshot.requested", offset, &value.to_string())
}

fn event(records: &[Value]) -> KafkaEvent {
    serde_json::from_value(json!({"records": {"p-3": records}})).unwrap()
}

#[tokio::test]
async fn a_snapshot_is_saved_and_its_user_is_told() {
    let (world, writer) = writer();
    let shard = AudienceShard::Own(UserId::parse(USER).unwrap());
    let operation = Some(live_operation("op"));
    world.feed.store("op");
    world
        .feed
        .subscribe(("live", "7"), (shard, On::Snapshots), operation);
    writer.handle(event(&[requested(1)]), NOW_MS).await.unwrap();
    assert_eq!(world.saved.lock().unwrap().len(), 1);
    let snapshot = json!({
        "id": ID, "price": "101.20", "tick": 353_445_121_u64,
        "requested_at": "2026-01-01T00:00:05.123Z", "saved_at": "2026-01-01T00:00:05.500Z",
    });
    let frame = json!({"type": "snapshot.saved", "snapshot": snapshot});
    let next = json!({"id": "7", "type": "next", "payload": format!("op saved {ID}@{NOW_MS}")});
    let posts = world.feed.take_posts().into_iter();
    let told: Vec<Value> = posts
        .map(|(_, body)| serde_json::from_str(&body).unwrap())
        .collect();
    assert_eq!(told, [frame, next]);
}

#[tokio::test]
async fn poisoned_records_go_to_the_dead_letters_and_the_rest_is_saved() {
    let (world, writer) = writer();
    let batch = [
        record("user.snapshot.requested", 1, "{not json"),
        record("user.price.update", 2, "{}"),
        requested(3),
    ];
    writer.handle(event(&batch), NOW_MS).await.unwrap();
    assert_eq!(world.saved.lock().unwrap().len(), 1);
    let dead = world.dead.lock().unwrap();
    let dead: Vec<_> = dead
        .iter()
        .map(|dead| (dead.source_offset, dead.failed_function.as_str()))
        .collect();
    assert_eq!(dead, [(1, NAME), (2, NAME)]);
}

#[tokio::test]
async fn a_snapshot_of_the_future_is_a_dead_letter() {
    let (world, writer) = writer();
    let an_hour_before = NOW_MS - 3_600_000;
    writer
        .handle(event(&[requested(1)]), an_hour_before)
        .await
        .unwrap();
    let dead = world.dead.lock().unwrap();
    assert!(dead[0].reason.contains("lies in the future"), "{dead:?}");
}

#[tokio::test]
async fn a_broken_store_fails_the_batch_and_the_next_delivery_saves_it() {
    let (world, writer) = writer();
    *world.is_broken.lock().unwrap() = true;
    assert!(writer.handle(event(&[requested(1)]), NOW_MS).await.is_err());
    *world.is_broken.lock().unwrap() = false;
    writer.handle(event(&[requested(1)]), NOW_MS).await.unwrap();
    assert_eq!(world.saved.lock().unwrap().len(), 1);
    assert!(world.dead.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_snapshot_that_can_not_be_confirmed_is_saved_and_a_dead_letter() {
    let (world, writer) = writer();
    *world.is_refused.lock().unwrap() = true;
    let batch = event(&[requested(1), requested(2)]);
    writer.handle(batch, NOW_MS).await.unwrap();
    assert_eq!(world.saved.lock().unwrap().len(), 1);
    let dead = world.dead.lock().unwrap();
    let reasons: Vec<_> = dead.iter().map(|dead| dead.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "the snapshot is saved, but can't be confirmed: the notification was refused: no such address"
        ]
    );
}
