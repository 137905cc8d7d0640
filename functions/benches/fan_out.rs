//! What the fan-out costs besides the posts themselves: deciding who gets what and building the frames,
//! per batch of 10,000 prices, with connections that take everything at once. Operations are executed by a fake, so
//! what the real one takes comes on top.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use api::frames::JsonFrames;
use async_trait::async_trait;
use criterion::{Criterion, criterion_group, criterion_main};
use domain::{Price, PriceUpdate, Shard, Tick, UserId};
use feed::fakes::{MemoryFeed, live_operation};
use feed::fanout::FanOut;
use feed::{
    AudienceShard, ConnectionId, FeedPorts, Frame, Interest, LiveOperation, Push, PushError,
};

const USERS: u64 = 10_000;

type Feed = Arc<MemoryFeed>;

fn add(
    feed: &Feed,
    connection: u64,
    shard: (AudienceShard, Interest),
    operation: Option<LiveOperation>,
) {
    let connection = format!("L0SM9cOFvHc{connection:05}=");
    feed.subscribe((&connection, "s"), shard, operation);
}

/// Connections that listen to `users` users by name each.
fn named(connections: u64, users: u64) -> Feed {
    let feed = Feed::default();
    for connection in 0..connections {
        for n in 0..users {
            let user = user((connection * 7919 + n * 104_729) % USERS);
            let shard = AudienceShard::Users(Shard::of(user));
            add(
                &feed,
                connection,
                (shard, Interest::Users(vec![user])),
                None,
            );
        }
    }
    feed
}

fn everybody(connections: u64) -> Feed {
    let feed = Feed::default();
    for connection in 0..connections {
        let all = (AudienceShard::AllUsers(0), Interest::AllUsers);
        add(&feed, connection, all, None);
    }
    feed
}

/// Connections with a subscription to prices of the same 10 users each, to one of so many operations.
fn live(connections: u64, operations: u64) -> Feed {
    let feed = Feed::default();
    for connection in 0..connections {
        let text = (operations > 0).then(|| operation(connection % operations));
        for n in 0..10 {
            let user = user(n);
            let shard = AudienceShard::Users(Shard::of(user));
            let interest = Interest::Users(vec![user]);
            let operation = text.as_deref().map(live_operation);
            add(&feed, connection, (shard, interest), operation);
        }
    }
    feed
}

fn operation(n: u64) -> String {
    format!("operation {n}")
}

struct Nowhere;

#[async_trait]
impl Push for Nowhere {
    async fn push(&self, _: &ConnectionId, frame: &Frame, _: Duration) -> Result<(), PushError> {
        std::hint::black_box(frame.body());
        Ok(())
    }

    async fn disconnect(&self, _: &ConnectionId) -> Result<(), PushError> {
        Ok(())
    }
}

fn user(n: u64) -> UserId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    UserId::generate(1_767_225_600_000, &random)
}

fn batch(tick: u64) -> Vec<PriceUpdate> {
    let price = Price::from_cents(10_120).expect("a valid price");
    (0..USERS)
        .map(|n| PriceUpdate {
            user_id: user(n),
            tick: Tick(tick),
            price,
            previous: price,
        })
        .collect()
}

fn fan_out(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let runtime = runtime.expect("a runtime starts");
    for (name, feed) in [
        ("nobody listens", Feed::default()),
        ("1,000 connections to 100 users each", named(1_000, 100)),
        ("10,000 connections to 1 user each", named(10_000, 1)),
        ("10,000 connections to 10 users each", named(10_000, 10)),
        ("1,000 connections to all 10,000 users", everybody(1_000)),
        (
            "10,000 connections to the same 10 users, raw",
            live(10_000, 0),
        ),
        (
            "10,000 connections to the same 10 users, one operation",
            live(10_000, 1),
        ),
        (
            "10,000 connections to the same 10 users, an operation each",
            live(10_000, 10_000),
        ),
    ] {
        for n in 0..10_000 {
            feed.store(&operation(n));
        }
        let ports = FeedPorts {
            encode: Arc::new(JsonFrames),
            push: Arc::new(Nowhere),
            ..feed.ports()
        };
        let fan_out = FanOut::new(ports, feed);
        let tick = AtomicU64::new(0);
        c.bench_function(name, |b| {
            b.iter_batched(
                || batch(tick.fetch_add(1, Ordering::Relaxed)),
                |batch| {
                    runtime
                        .block_on(fan_out.fan_out_prices(&batch, &[], 0))
                        .expect("sent")
                },
                criterion::BatchSize::PerIteration,
            );
        });
    }
}

criterion_group!(benches, fan_out);
criterion_main!(benches);
