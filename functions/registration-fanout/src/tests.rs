use std::sync::Mutex;
use std::time::Duration;

use api::feed::FeedFrames;
use api::operations::OperationFrames;
use app::notifications::{Notification, NotificationError, SendNotification};
use app::users::{FindProfile, Profile};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bootstrap::dead_letters::DeadLetter;
use domain::user::{Email, Name};
use domain::{PriceModel, UserId};
use feed::fakes::{MemoryFeed, live_operation};
use feed::fanout::FanOut;
use feed::{AudienceShard, DeliveryPorts, Interest as On};
use serde_json::{Value, json};

use super::*;

const NOW_MS: u64 = 1_767_225_600_500;
const USER: &str = "019b76da-a800-7000-8000-000000000001";

/// How the notification service behaves.
#[derive(Default, Clone, Copy)]
enum Service {
    #[default]
    Accepts,
    IsDown,
    Refuses,
}

/// One connection listens to the raw feed, and has a subscription to an operation.
#[derive(Default)]
struct World {
    service: Mutex<Service>,
    welcomed: Mutex<Vec<String>>,
    feed: Arc<MemoryFeed>,
    dead: Mutex<Vec<DeadLetter>>,
}

#[async_trait]
impl FindProfile for World {
    async fn find_profile(&self, id: UserId) -> app::Result<Option<Profile>> {
        Ok(Some(Profile {
            id,
            name: Name::parse("Ada").unwrap(),
            email: Email::parse("ada@example.com").unwrap(),
            phone: None,
            preferences: Default::default(),
        }))
    }
}

#[async_trait]
impl SendNotification for World {
    async fn send(
        &self,
        notification: &Notification,
        _: Duration,
    ) -> Result<(), NotificationError> {
        match *self.service.lock().unwrap() {
            Service::Accepts => {
                let key = notification.idempotency_key.clone();
                self.welcomed.lock().unwrap().push(key);
                Ok(())
            }
            Service::IsDown => Err(NotificationError::Unavailable("down".into())),
            Service::Refuses => Err(NotificationError::Refused("no such address".into())),
        }
    }
}

#[async_trait]
impl KeepDeadLetters for World {
    async fn keep(&self, letters: Vec<DeadLetter>) -> app::Result<()> {
        self.dead.lock().unwrap().extend(letters);
        Ok(())
    }
}

fn fanout() -> (Arc<World>, RegistrationFanout) {
    let world = Arc::<World>::default();
    let feed = &world.feed;
    feed.store("op");
    let shard = || (AudienceShard::Registrations(3), On::Registrations);
    feed.subscribe(("c", "s"), shard(), None);
    feed.subscribe(("c", "7"), shard(), Some(live_operation("op")));
    let fan_out = FanOut::new(DeliveryPorts {
        feed: Arc::new(FeedFrames),
        operations: Arc::new(OperationFrames),
        ..feed.ports()
    });
    let follow_up = FollowUpRegistrations {
        fan_out,
        profiles: Arc::<World>::clone(&world),
        notifications: Arc::<World>::clone(&world),
        prices: PriceModel::new(&[7; 32]),
    };
    let dead_letters: Arc<World> = Arc::clone(&world);
    (world, RegistrationFanout::new(follow_up, dead_letters))
}

fn record(topic: &str, offset: i64, value: &str) -> Value {
    json!({
        "topic": topic, "partition": 1, "offset": offset,
        "key": STANDARD.encode(USER), "value": STANDARD.encode(value),
    })
}

fn registered(offset: i64) -> Value {
    let value = json!({
        "event_id": USER, "user_id": USER, "name": "Ada", "registered_at": "2026-01-01T00:00:00Z",
    });
    record("user.registered", offset, &value.to_string())
}

fn event(records: &[Value]) -> KafkaEvent {
    serde_json::from_value(json!({"records": {"p-1": records}})).unwrap()
}

fn told(world: &World) -> Vec<Value> {
    let posts = world.feed.take_posts().into_iter();
    posts
        .map(|(_, body)| serde_json::from_str(&body).unwrap())
        .collect()
}

fn offsets(world: &World) -> Vec<i64> {
    let dead = world.dead.lock().unwrap();
    dead.iter().map(|dead| dead.source_offset).collect()
}

#[tokio::test]
async fn a_new_user_is_announced_and_welcomed() {
    let (world, fanout) = fanout();
    fanout
        .handle(event(&[registered(1)]), NOW_MS)
        .await
        .unwrap();
    let price = PriceModel::new(&[7; 32])
        .shareholder(UserId::parse(USER).unwrap())
        .opening_price();
    let user = json!({
        "user_id": USER, "name": "Ada", "price": price.to_string(),
        "registered_at": "2026-01-01T00:00:00Z",
    });
    let frame = json!({"type": "user.registered", "users": [user]});
    let next = json!({"id": "7", "type": "next", "payload": format!("op registered {USER}")});
    assert_eq!(told(&world), [frame, next]);
    assert_eq!(*world.welcomed.lock().unwrap(), [format!("welcome#{USER}")]);
    assert!(offsets(&world).is_empty());
}

#[tokio::test]
async fn poisoned_records_go_to_the_dead_letters_and_the_rest_is_followed_up() {
    let (world, fanout) = fanout();
    let batch = [
        record("user.registered", 1, "{not json"),
        record("user.price.update", 2, "{}"),
        registered(3),
    ];
    fanout.handle(event(&batch), NOW_MS).await.unwrap();
    assert_eq!(world.welcomed.lock().unwrap().len(), 1);
    assert_eq!(offsets(&world), [1, 2]);
}

#[tokio::test]
async fn a_welcome_that_is_refused_is_a_dead_letter_and_blocks_nothing() {
    let (world, fanout) = fanout();
    *world.service.lock().unwrap() = Service::Refuses;
    fanout
        .handle(event(&[registered(7)]), NOW_MS)
        .await
        .unwrap();
    assert_eq!(offsets(&world), [7]);
    let reason = world.dead.lock().unwrap()[0].reason.clone();
    assert_eq!(
        reason,
        "the user can't be welcomed: the notification was refused: no such address"
    );
}

#[tokio::test]
async fn an_outage_fails_the_batch_which_is_welcomed_when_it_comes_again() {
    let (world, fanout) = fanout();
    *world.service.lock().unwrap() = Service::IsDown;
    let batch = || event(&[registered(1), record("user.registered", 2, "poison")]);
    assert!(fanout.handle(batch(), NOW_MS).await.is_err());
    *world.service.lock().unwrap() = Service::Accepts;
    fanout.handle(batch(), NOW_MS).await.unwrap();
    assert_eq!(world.welcomed.lock().unwrap().len(), 1);
    assert_eq!(told(&world).len(), 2, "it is not announced twice");
    assert_eq!(offsets(&world), [2]);
}
