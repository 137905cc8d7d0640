//! How many prices a second `price-tick` computes, publishes and gets acknowledged: the use case and
//! the producer of the function, against a broker in a process of its own that nobody reads from.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use app::publisher::TickPublisher as _;
use app::ticks::{Roster, prepare_tick};
use domain::{PriceModel, Tick};
use e2e::{Broker, Options, Stack, user_id};
use messaging::producer::{KafkaConfig, KafkaProducer, KafkaTickPublisher, Security};

use crate::load::now_us;

/// What was measured.
#[derive(Debug, Default)]
pub struct Throughput {
    ticks: u32,
    records: u64,
    bytes: u64,
    computing: Duration,
    publishing: Duration,
}

impl Throughput {
    /// Records computed, published and acknowledged, one after the other, in a second.
    pub fn records_per_second(&self) -> f64 {
        self.records as f64 / (self.computing + self.publishing).as_secs_f64()
    }

    /// What computing and encoding take of a tick.
    pub fn computing(&self) -> Duration {
        self.computing / self.ticks.max(1)
    }

    /// What publishing takes of a tick, from the boundary to the last acknowledgement.
    pub fn publishing(&self) -> Duration {
        self.publishing / self.ticks.max(1)
    }

    /// Key and value of a record, before compression.
    pub fn bytes_per_record(&self) -> f64 {
        self.bytes as f64 / self.records.max(1) as f64
    }
}

/// Publishes some ticks and measures them, after one to warm up.
///
/// # Errors
/// If the broker does not start or does not acknowledge.
pub async fn measure(broker: Broker, shareholders: usize, ticks: u64) -> Result<Throughput> {
    let arguments = ["--template", "bench/topics.yaml"]
        .map(str::to_owned)
        .to_vec();
    let options = Options {
        broker,
        arguments,
        is_quiet: true,
        price_partitions: Some(1),
        ..Options::default()
    };
    let stack = tokio::task::spawn_blocking(|| Stack::start(options)).await??;
    let producer = KafkaProducer::new(KafkaConfig::new(stack.kafka().await?, Security::Plaintext))?;
    let publisher = KafkaTickPublisher::new(Arc::new(producer));
    publisher.connect().await?;

    let now_ms = now_us() / 1000;
    let mut roster = Roster::new(PriceModel::new(
        b"a secret of the benchmark, thirty-two bytes",
    ));
    // Registered an hour ago, so that every one of them has a price at every tick.
    let registered_ms = now_ms - 3_600_000;
    roster.extend((0..shareholders).map(|number| user_id(registered_ms, number)));

    let mut measured = Throughput::default();
    for tick in (0..=ticks).map(|number| Tick::at_ms(now_ms).plus(number)) {
        let start = Instant::now();
        let batch = publisher.batch(roster.len());
        let mut prepared = prepare_tick(&roster, tick, batch);
        let computed = Instant::now();
        let published = prepared.publish().await?;
        if tick == Tick::at_ms(now_ms) {
            continue;
        }
        measured.ticks += 1;
        measured.records += published.records;
        measured.bytes += published.bytes;
        measured.computing += computed - start;
        measured.publishing += computed.elapsed();
    }
    Ok(measured)
}
