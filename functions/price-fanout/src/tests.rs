use std::sync::Mutex;
use std::time::Duration;

use api::feed::FeedFrames;
use api::operations::OperationFrames;
use app::alerts::{AlertPorts, Claim, ClaimAlerts, Settled};
use app::notifications::{Notification, NotificationError, SendNotification};
use app::users::{EraseUser, FindProfile, Profile};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::alert::{Alert, AlertId, AlertState, Channel, Condition, Crossed, Crossing};
use domain::user::{Email, Name};
use domain::{Price, Shard, UserId};
use feed::fakes::{MemoryFeed, live_operation};
use feed::{AudienceShard, DeliveryPorts, EventDispatcher, Interest as On, MAX_FRAME_BYTES};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// 2026-01-01T00:00:05Z.
const TICK: u64 = 353_445_121;
const AT: &str = "2026-01-01T00:00:05Z";
const NOW_MS: u64 = TICK * 5000 + 40;
const USER: &str = "019b76da-a800-7000-8000-000000000001";

#[derive(Default)]
struct World {
    feed: Arc<MemoryFeed>,
    dead: Mutex<Vec<DeadLetter>>,
    /// An alert of [`USER`], if there is one.
    alert: Mutex<Option<Alert>>,
    broken_dead_letters: Mutex<bool>,
}

fn outage() -> app::Error {
    app::Error::Unavailable {
        what: "it",
        source: "out of order".into(),
    }
}

#[async_trait]
impl ClaimAlerts for World {
    async fn alerts_in(&self, _: Shard) -> app::Result<Vec<Alert>> {
        Ok(self.alert.lock().unwrap().iter().copied().collect())
    }

    async fn claim_alert(&self, _: &Alert, _: Crossed) -> app::Result<Claim> {
        assert_eq!(self.feed.known().posts.len(), 2, "prices come first");
        Ok(Claim::Won)
    }

    async fn settle_alert(&self, _: &Alert, _: Crossed, _: Settled) -> app::Result<bool> {
        Ok(true)
    }

    async fn renew_alerts(&self, _: &[Shard]) -> app::Result<()> {
        Ok(())
    }
}

#[async_trait]
impl EraseUser for World {
    async fn erase_user(&self, _: UserId) -> app::Result<()> {
        unreachable!("everybody exists")
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
            preferences: Default::default(),
        }))
    }
}

#[async_trait]
impl SendNotification for World {
    async fn send(&self, _: &Notification, _: Duration) -> Result<(), NotificationError> {
        Ok(())
    }
}

#[async_trait]
impl KeepDeadLetters for World {
    async fn keep(&self, letters: Vec<DeadLetter>) -> app::Result<()> {
        if *self.broken_dead_letters.lock().unwrap() {
            return Err(outage());
        }
        self.dead.lock().unwrap().extend(letters);
        Ok(())
    }
}

impl World {
    fn new() -> (Arc<Self>, PriceFanout) {
        let world = Arc::<Self>::default();
        let feed = &world.feed;
        feed.store("op");
        feed.open("alerted", None);
        let ports = DeliveryPorts {
            feed: Arc::new(FeedFrames),
            operations: Arc::new(OperationFrames),
            ..feed.ports()
        };
        let fan_out = FanOut::new(ports.clone());
        let alerts = FireAlerts::new(AlertPorts {
            alerts: Arc::<Self>::clone(&world),
            eraser: Arc::<Self>::clone(&world),
            profiles: Arc::<Self>::clone(&world),
            notifications: Arc::<Self>::clone(&world),
            dispatcher: Arc::new(EventDispatcher::new(ports)),
        });
        let dead_letters: Arc<Self> = Arc::clone(&world);
        (world, PriceFanout::new(fan_out, alerts, dead_letters))
    }

    fn subscribe(&self, connection: &str, shard: AudienceShard, interest: On) {
        self.feed
            .subscribe((connection, "s"), (shard, interest), None);
    }

    /// Subscribes to an operation.
    fn subscribe_live(&self, connection: &str, shard: AudienceShard, interest: On) {
        let operation = Some(live_operation("op"));
        let to = (connection, "7");
        self.feed.subscribe(to, (shard, interest), operation);
    }

    /// What was sent since this was last asked, sorted by connection.
    fn posts(&self) -> Vec<(String, Value)> {
        let posts = self.feed.take_posts().into_iter();
        posts
            .map(|(to, body)| (to, serde_json::from_str(&body).unwrap()))
            .collect()
    }
}

fn record(topic: &str, offset: i64, key: &str, value: &str) -> Value {
    json!({
        "topic": topic, "partition": 3, "offset": offset, "timestamp": NOW_MS,
        "timestampType": "CREATE_TIME", "headers": [],
        "key": STANDARD.encode(key), "value": STANDARD.encode(value),
    })
}

fn price(offset: i64, user: &str, tick: u64, at: &str) -> Value {
    let value = json!({
        "user_id": user, "tick": tick, "price": "101.20", "previous": "101.05", "at": at,
    });
    record("user.price.update", offset, user, &value.to_string())
}

fn event(records: impl IntoIterator<Item = Value>) -> KafkaEvent {
    let records: Vec<_> = records.into_iter().collect();
    serde_json::from_value(json!({"eventSource": "aws:kafka", "records": {"p-3": records}}))
        .unwrap()
}

fn user_shard(user: &str) -> (UserId, AudienceShard) {
    let user = UserId::parse(user).unwrap();
    (user, AudienceShard::Users(Shard::of(user)))
}

#[tokio::test]
async fn poisoned_records_go_to_the_dead_letters_and_the_rest_to_the_connections() {
    let (world, fanout) = World::new();
    let (user, shard) = user_shard(USER);
    world.subscribe("c", shard, On::Users(vec![user]));
    let poison = [
        record("user.price.update", 1, USER, "{not json"),
        record("user.price.update", 2, "somebody", "{}"),
        record("user.registered", 3, USER, "{}"),
        record("other.topic", 4, USER, "x"),
        price(5, USER, 361_000_000, "2027-03-14T04:53:20Z"),
    ];
    let events = poison.into_iter().chain([price(6, USER, TICK, AT)]);
    fanout.handle(event(events), NOW_MS).await.unwrap();

    let frame = json!({"type": "prices", "ticks": [{"tick": TICK, "prices": {USER: "101.20"}}]});
    assert_eq!(world.posts(), [("c".to_owned(), frame)]);
    let dead = world.dead.lock().unwrap();
    assert_eq!(
        dead.iter()
            .map(|dead| dead.source_offset)
            .collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    assert_eq!(dead[0].value.as_deref(), Some(&b"{not json"[..]));
    assert_eq!(dead[0].key.as_deref(), Some(USER.as_bytes()));
    assert_eq!(
        (dead[0].source_topic.as_str(), dead[0].source_partition),
        ("user.price.update", 3)
    );
    assert!(
        dead.iter()
            .all(|dead| dead.failed_function == "price-fanout")
    );
    assert!(dead[0].reason.contains("JSON"), "{}", dead[0].reason);
    assert_eq!(dead[3].source_topic, "other.topic");
    assert_eq!(dead[3].reason, "price-fanout does not read this topic");
    assert!(
        dead[4].reason.contains("lies in the future"),
        "{}",
        dead[4].reason
    );
}

#[tokio::test]
async fn market_summaries_go_to_those_who_listen_to_the_market() {
    let (world, fanout) = World::new();
    world.subscribe("m", AudienceShard::Market(1), On::Market);
    let summary = json!({
        "tick": TICK, "at": AT, "shareholders": 2, "mean": "99.50",
        "gainers": [{"user_id": USER, "price": "101.20", "change_percent": "1.20"}], "losers": [],
    });
    let market = record("market.summary", 1, "market", &summary.to_string());
    fanout.handle(event([market]), NOW_MS).await.unwrap();
    let mut posts = world.posts();
    let (to, frame) = posts.pop().unwrap();
    assert_eq!(
        (to.as_str(), &frame["type"], posts.len()),
        ("m", &json!("market"), 0)
    );
    let sent = &frame["summaries"][0];
    for field in ["tick", "shareholders", "mean", "gainers", "losers"] {
        assert_eq!(sent[field], summary[field], "{field}");
    }
}

#[tokio::test]
async fn a_batch_whose_dead_letters_are_not_kept_fails_and_is_not_sent_twice() {
    let (world, fanout) = World::new();
    let (user, shard) = user_shard(USER);
    world.subscribe("c", shard, On::Users(vec![user]));
    let batch = || {
        event([
            price(1, USER, TICK, AT),
            record("user.price.update", 2, USER, "x"),
        ])
    };
    *world.broken_dead_letters.lock().unwrap() = true;
    assert!(fanout.handle(batch(), NOW_MS).await.is_err());
    *world.broken_dead_letters.lock().unwrap() = false;
    fanout.handle(batch(), NOW_MS).await.unwrap();
    assert_eq!(world.posts().len(), 1);
    assert_eq!(world.dead.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_unreadable_audience_fails_the_batch() {
    let (world, fanout) = World::new();
    world.feed.known().faults.audience = true;
    assert!(
        fanout
            .handle(event([price(1, USER, TICK, AT)]), NOW_MS)
            .await
            .is_err()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    /// However much a batch holds, no frame is longer than it may be, and nothing is lost between frames.
    #[test]
    fn large_shares_are_split_into_frames(users in 1..2_500_usize, ticks in 1..3_u64) {
        let (world, fanout) = World::new();
        world.subscribe("c", AudienceShard::AllUsers(0), On::AllUsers);
        let ats = ["2026-01-01T00:00:05Z", "2026-01-01T00:00:10Z"];
        let user = |n: usize| format!("019b76da-a800-7000-8000-{n:012}");
        let records = (0..users).flat_map(|n| (0..ticks).map(move |tick| (n, tick)))
            .map(|(n, tick)| price(0, &user(n), TICK + tick, ats[tick as usize]));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(fanout.handle(event(records), NOW_MS)).unwrap();

        prop_assert!(world.feed.known().posts.iter().all(|post| post.frame.size() <= MAX_FRAME_BYTES));
        let mut seen = Vec::new();
        for (_, frame) in world.posts() {
            for tick in frame["ticks"].as_array().unwrap() {
                let number = tick["tick"].as_u64().unwrap();
                for user in tick["prices"].as_object().unwrap().keys() {
                    seen.push((number, user.clone()));
                }
            }
        }
        prop_assert!(seen.is_sorted_by_key(|(tick, _)| *tick));
        seen.sort();
        let expected: Vec<_> =
            (0..ticks).flat_map(|tick| (0..users).map(move |n| (TICK + tick, user(n)))).collect();
        prop_assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn alerts_are_fired_after_the_prices_were_sent() {
    let (world, handler) = World::new();
    let user_id = UserId::parse(USER).unwrap();
    let shard = Shard::of(user_id);
    let prices = (AudienceShard::Users(shard), On::Users(vec![user_id]));
    world.subscribe("c", prices.0, prices.1.clone());
    world.subscribe_live("live", prices.0, prices.1);
    world.subscribe_live("own", AudienceShard::Own(user_id), On::Alerts);
    let id = AlertId::generate(NOW_MS, &[1; 10]);
    *world.alert.lock().unwrap() = Some(Alert {
        id,
        user_id,
        condition: Condition {
            crossing: Crossing::Above,
            threshold: Price::parse("101.10").unwrap(),
        },
        channel: Channel::Email,
        state: AlertState::Armed { from: Tick(TICK) },
    });
    world.feed.known().alerts = vec![(shard, 1)];
    let event = event([price(1, USER, TICK, AT)]);
    handler.handle(event, NOW_MS).await.unwrap();
    let posts = world.posts();
    let to: Vec<_> = posts.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(to, ["alerted", "c", "live", "own"]);
    let alert = json!({
        "id": id.to_string(), "above": "101.10", "channel": "email",
        "tick": TICK, "price": "101.20", "at": AT,
    });
    assert_eq!(posts[0].1, json!({"type": "alert", "alert": alert}));
    assert_eq!(posts[1].1["type"], "prices");
    let next = |result: &str| json!({"id": "7", "type": "next", "payload": result});
    assert_eq!(posts[2].1, next(&format!("op {TICK} {USER} 101.20")));
    assert_eq!(posts[3].1, next(&format!("op fired {TICK} 101.20")));
}
