//! What prices cost: one of them, a million shareholders at one tick, and an hour replayed.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use domain::market::{Quote, Summary};
use domain::{PriceModel, Shareholder, Tick, UserId};

const REGISTERED_MS: u64 = 1_767_225_600_000;
const HOUR: u64 = 3600 / Tick::PERIOD_SECS;
const MARKET: u64 = 1_000_000;

fn user_id(number: u64) -> UserId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    UserId::generate(REGISTERED_MS + number, &random)
}

fn one_price(c: &mut Criterion) {
    let model = PriceModel::new(b"a secret of the benchmarks, 32 bytes");
    let shareholder = model.shareholder(user_id(1));
    let mut tick = shareholder.opening_tick();
    c.bench_function("one price", |b| {
        b.iter(|| {
            // A large stride, so that neither branches nor draws repeat.
            tick = tick.plus(7_919);
            black_box(&shareholder).price_at(tick)
        });
    });
    c.bench_function("one price with the one before", |b| {
        b.iter(|| {
            tick = tick.plus(7_919);
            black_box(&shareholder).move_at(tick)
        });
    });
    let mut number = 0;
    c.bench_function("one shareholder prepared", |b| {
        b.iter_batched(
            || {
                number += 1;
                user_id(number)
            },
            |user_id| model.shareholder(user_id),
            BatchSize::SmallInput,
        );
    });
}

fn a_million_at_one_tick(c: &mut Criterion) {
    let model = PriceModel::new(b"a secret of the benchmarks, 32 bytes");
    let market: Vec<Shareholder> = (0..MARKET).map(|n| model.shareholder(user_id(n))).collect();
    let mut group = c.benchmark_group("a million shareholders at one tick");
    group.throughput(Throughput::Elements(MARKET));
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(8));
    let mut tick = Tick::at_ms(REGISTERED_MS + 86_400_000);
    group.bench_function("prices", |b| {
        b.iter(|| {
            tick = tick.next();
            market
                .iter()
                .map(|shareholder| shareholder.price_at(tick).cents())
                .sum::<u64>()
        });
    });
    group.bench_function("prices with the ones before", |b| {
        b.iter(|| {
            tick = tick.next();
            market
                .iter()
                .map(|shareholder| shareholder.move_at(tick).price.cents())
                .sum::<u64>()
        });
    });
    let quotes: Vec<Quote> = market
        .iter()
        .map(|shareholder| Quote {
            user_id: shareholder.user_id(),
            opening: shareholder.opening_price(),
            price: shareholder.price_at(tick),
        })
        .collect();
    group.bench_function("summary of known prices", |b| {
        b.iter(|| Summary::of(tick, black_box(&quotes).iter().copied()));
    });
    group.finish();
}

fn an_hour_replayed(c: &mut Criterion) {
    let model = PriceModel::new(b"a secret of the benchmarks, 32 bytes");
    let shareholder = model.shareholder(user_id(1));
    let from = shareholder.opening_tick().plus(100_000);
    let to = from.plus(HOUR - 1);
    let mut group = c.benchmark_group("an hour replayed (720 ticks)");
    group.throughput(Throughput::Elements(HOUR));
    group.bench_function("tick by tick", |b| {
        b.iter(|| {
            shareholder
                .prices(from..=black_box(to))
                .map(|(_, price)| price.cents())
                .sum::<u64>()
        });
    });
    group.bench_function("each price alone", |b| {
        b.iter(|| {
            let ticks = from.get()..=black_box(to).get();
            ticks
                .map(|tick| shareholder.price_at(Tick(tick)).cents())
                .sum::<u64>()
        });
    });
    group.finish();
}

criterion_group!(benches, one_price, a_million_at_one_tick, an_hour_replayed);
criterion_main!(benches);
