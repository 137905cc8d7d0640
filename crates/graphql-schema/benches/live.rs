//! How long it takes to execute an operation for one event.

#![allow(missing_docs, reason = "criterion makes public functions")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use domain::{Price, Tick, UserId};
use feed::session::TickPrices;
use feed::{ExecuteOperations as _, LiveEvent, Operation, OperationKey};
use graphql_schema::LiveSchema;
use tokio::runtime::Builder;

fn prices(users: u64) -> LiveEvent {
    let user = |n| UserId::generate(1_767_225_600_000 + n, &[7; 10]);
    let price = |n| Price::from_cents(10_000 + n).expect("a price");
    LiveEvent::Prices {
        prices: TickPrices {
            tick: Tick(353_445_120),
            prices: (0..users).map(|n| (user(n), price(n))).collect(),
        },
        resume: None,
        replay: None,
    }
}

fn execute(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    let schema = LiveSchema::new();
    let operation = Operation {
        key: OperationKey([0; 32]),
        text: "subscription{onPriceUpdate{tick prices{userId price}}}".to_owned(),
    };
    for users in [1, 100] {
        let event = prices(users);
        criterion.bench_function(&format!("{users} prices"), |bencher| {
            bencher.iter(|| {
                runtime.block_on(schema.execute(black_box(&operation), black_box(&event)))
            });
        });
    }
}

criterion_group!(benches, execute);
criterion_main!(benches);
