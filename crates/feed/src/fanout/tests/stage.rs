use super::*;
use crate::audience::Interest;
use crate::fakes::{MemoryFeed, live_operation, user};
use crate::operation::LiveOperation;
use domain::{Price, Tick};
use std::collections::HashSet;
use std::sync::Arc;

/// A fan-out whose ports are all one [`MemoryFeed`].
pub struct Stage {
    pub feed: Arc<MemoryFeed>,
    pub fan_out: FanOut,
}

impl Stage {
    pub fn new() -> Self {
        let feed = Arc::<MemoryFeed>::default();
        let fan_out = feed.fan_out();
        Self { feed, fan_out }
    }

    pub fn subscribe(&self, id: &str, interest: Interest, live_from: u64, every: u32) {
        self.subscribe_to((id, "s"), interest, (live_from, every), None);
    }

    /// Subscribes to an operation, from tick 0 on.
    pub fn subscribe_live(&self, id: &str, subscription: &str, interest: Interest, text: &str) {
        let operation = Some(live_operation(text));
        self.subscribe_to((id, subscription), interest, (0, 1), operation);
    }

    pub fn subscribe_to(
        &self,
        to: (&str, &str),
        interest: Interest,
        ticks: (u64, u32),
        operation: Option<LiveOperation>,
    ) {
        let listen = |shard, interest| self.feed.listen(to, (shard, interest), ticks, operation);
        match interest {
            Interest::AllUsers => listen(AudienceShard::AllUsers(2), interest),
            Interest::Market => listen(AudienceShard::Market(5), interest),
            Interest::Registrations => listen(AudienceShard::Registrations(1), interest),
            Interest::Snapshots | Interest::Alerts => unreachable!("the fan-out looks for none"),
            Interest::Users(users) => {
                for user in users {
                    let shard = AudienceShard::Users(Shard::of(user));
                    listen(shard, Interest::Users(vec![user]));
                }
            }
        }
    }

    pub async fn prices(&self, updates: &[PriceUpdate]) -> FanoutReport {
        self.fan_out
            .fan_out_prices(updates, &[], 0)
            .await
            .unwrap()
            .0
    }

    /// The shards read since this was last asked.
    pub fn reads(&self) -> HashSet<AudienceShard> {
        self.feed.known().shard_reads.drain(..).collect()
    }
}

pub fn update(user_number: u64, tick: u64) -> PriceUpdate {
    let price = Price::from_cents(10_000 + user_number * 100 + tick).unwrap();
    PriceUpdate {
        user_id: user(user_number),
        tick: Tick(tick),
        price,
        previous: price,
    }
}

pub fn users(numbers: impl IntoIterator<Item = u64>) -> Interest {
    Interest::Users(numbers.into_iter().map(user).collect())
}
