//! What the fan-out costs besides the posts themselves: deciding who gets what and building the frames,
//! per batch of 10,000 prices, with connections that take everything at once. Operations are executed by a fake, so
//! what the real one takes comes on top.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use api::feed::FeedFrames;
use api::operations::OperationFrames;
use async_trait::async_trait;
use criterion::{Criterion, criterion_group, criterion_main};
use domain::{Price, PriceUpdate, Shard, Tick, UserId};
use feed::fakes::{MemoryFeed, live_operation};
use feed::fanout::FanOut;
use feed::session::SubscriptionId;
use feed::{
    AudienceEntry, AudienceShard, ConnectionId, DeliveryPorts, Frame, Interest, LiveOperation,
    Push, PushError, Versions,
};

const USERS: u64 = 10_000;

#[derive(Default)]
struct Audience(HashMap<AudienceShard, Vec<AudienceEntry>>);

#[async_trait]
impl feed::Audience for Audience {
    async fn versions(&self, shards: &[AudienceShard]) -> feed::Result<Versions> {
        Ok(shards.iter().map(|shard| (*shard, 1)).collect())
    }

    async fn audience(&self, shard: AudienceShard) -> feed::Result<Vec<AudienceEntry>> {
        Ok(self.0.get(&shard).cloned().unwrap_or_default())
    }
}

impl Audience {
    fn add(
        &mut self,
        connection: u64,
        (shard, interest): (AudienceShard, Interest),
        operation: Option<LiveOperation>,
    ) {
        self.0.entry(shard).or_default().push(AudienceEntry {
            connection: ConnectionId(format!("L0SM9cOFvHc{connection:05}=").into()),
            subscription: SubscriptionId::parse("s").expect("a valid id"),
            interest,
            live_from: Tick(0),
            every: 1,
            operation,
        });
    }

    /// Connections that listen to `users` users by name each.
    fn named(connections: u64, users: u64) -> Self {
        let mut audience = Self::default();
        for connection in 0..connections {
            for n in 0..users {
                let user = user((connection * 7919 + n * 104_729) % USERS);
                let shard = AudienceShard::Users(Shard::of(user));
                audience.add(connection, (shard, Interest::Users(vec![user])), None);
            }
        }
        audience
    }

    fn everybody(connections: u64) -> Self {
        let mut audience = Self::default();
        for connection in 0..connections {
            let all = (AudienceShard::AllUsers(0), Interest::AllUsers);
            audience.add(connection, all, None);
        }
        audience
    }

    /// Connections with a subscription to prices of the same 10 users each, to one of so many operations.
    fn live(connections: u64, operations: u64) -> Self {
        let mut audience = Self::default();
        for connection in 0..connections {
            let text = (operations > 0).then(|| operation(connection % operations));
            for n in 0..10 {
                let user = user(n);
                let shard = AudienceShard::Users(Shard::of(user));
                let interest = Interest::Users(vec![user]);
                let operation = text.as_deref().map(live_operation);
                audience.add(connection, (shard, interest), operation);
            }
        }
        audience
    }
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
    for (name, audience) in [
        ("nobody listens", Audience::default()),
        (
            "1,000 connections to 100 users each",
            Audience::named(1_000, 100),
        ),
        (
            "10,000 connections to 1 user each",
            Audience::named(10_000, 1),
        ),
        (
            "10,000 connections to 10 users each",
            Audience::named(10_000, 10),
        ),
        (
            "1,000 connections to all 10,000 users",
            Audience::everybody(1_000),
        ),
        (
            "10,000 connections to the same 10 users, raw",
            Audience::live(10_000, 0),
        ),
        (
            "10,000 connections to the same 10 users, one operation",
            Audience::live(10_000, 1),
        ),
        (
            "10,000 connections to the same 10 users, an operation each",
            Audience::live(10_000, 10_000),
        ),
    ] {
        let operations = Arc::<MemoryFeed>::default();
        for n in 0..10_000 {
            operations.store(&operation(n));
        }
        let fan_out = FanOut::new(DeliveryPorts {
            audience: Arc::new(audience),
            feed: Arc::new(FeedFrames),
            operations: Arc::new(OperationFrames),
            push: Arc::new(Nowhere),
            ..operations.ports()
        });
        let tick = AtomicU64::new(0);
        c.bench_function(name, |b| {
            b.iter_batched(
                || batch(tick.fetch_add(1, Ordering::Relaxed)),
                |batch| {
                    runtime
                        .block_on(fan_out.fan_out_prices(&batch, 0))
                        .expect("sent")
                },
                criterion::BatchSize::PerIteration,
            );
        });
    }
}

criterion_group!(benches, fan_out);
criterion_main!(benches);
