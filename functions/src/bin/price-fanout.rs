//! Sends prices and market summaries to the WebSockets that subscribed to them: started by the Kafka triggers on
//! `user.price.update` and `market.summary`.
//!
//! Prices go out first; then alerts whose thresholds they cross are fired.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::alerts::{AlertReport, DeliverPrices};
use bootstrap::alerts::fire_alerts;
use bootstrap::consumer::{Batch, Consumer, ConsumerConfig, KafkaRecord};
use bootstrap::{Error, Start};
use domain::PriceUpdate;
use domain::market::Summary;
use feed::PartitionPosition;
use feed::fanout::FanoutReport;

// One thread: the function has one vCPU, and posts that need not wake another thread are cheaper.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<ConsumerConfig>().await?;
    let consumer = Consumer::new(env!("CARGO_BIN_NAME"), &clients, &config)?;
    let notifications = Arc::clone(&consumer.notifications);
    let deliver = DeliverPrices {
        fan_out: consumer.feed.fan_out(),
        alerts: fire_alerts(&clients, &config.tables, &consumer.feed, notifications),
    };
    consumer
        .run(async |batch, now_ms| process(&deliver, batch, now_ms).await)
        .await
}

async fn process(deliver: &DeliverPrices, batch: &mut Batch, now_ms: u64) -> app::Result<()> {
    let records = batch.take::<PriceUpdate>();
    let updates: Vec<_> = records.iter().map(|(update, _)| *update).collect();
    if !updates.is_empty() {
        let positions = positions(&records);
        let (prices, alerts) = deliver.deliver(&updates, &positions, now_ms).await?;
        log("prices", &prices);
        log_alerts(&alerts);
    }
    let summaries = batch.take::<Summary>().into_iter();
    let summaries: Vec<_> = summaries.map(|(summary, _)| summary).collect();
    if !summaries.is_empty() {
        let fan_out = &deliver.fan_out;
        let report = fan_out.fan_out_market(summaries, now_ms).await?;
        log("market", &report);
    }
    Ok(())
}

/// Where the batch ends in each of its partitions.
fn positions(records: &[(PriceUpdate, KafkaRecord)]) -> Vec<PartitionPosition> {
    let mut ends: BTreeMap<i32, PartitionPosition> = BTreeMap::new();
    for (update, record) in records {
        let end = ends.entry(record.partition).or_insert(PartitionPosition {
            partition: record.partition,
            next_offset: 0,
            tick: update.tick,
        });
        end.next_offset = end.next_offset.max(record.offset + 1);
        end.tick = end.tick.max(update.tick);
    }
    ends.into_values().collect()
}

fn log(what: &str, report: &FanoutReport) {
    tracing::info!(
        what,
        records = report.records,
        connections = report.connections,
        executions = report.executions,
        posts = report.posts,
        bytes = report.bytes,
        retried = report.retried,
        gone = report.gone,
        throttled = report.throttled,
        failed = report.failed,
        failure = report.failure,
        expired = report.expired,
        impossible = report.impossible,
        lost = report.lost,
        repeated = report.repeated,
        resume = report.resume.map(domain::Tick::get),
        shard_reads = report.shard_reads,
        lateness_ms = millis(report.lateness),
        audience_ms = millis(report.audience_took),
        posting_ms = millis(report.posting_took),
        duration_ms = millis(report.took),
        "batch fanned out"
    );
}

fn log_alerts(report: &AlertReport) {
    if report.is_empty() {
        return;
    }
    tracing::info!(
        claimed = report.claimed,
        taken_up = report.taken_up,
        pushed = report.pushed,
        notified = report.notified,
        unwanted = report.unwanted,
        failed = report.failed,
        departed = report.departed,
        waiting = report.waiting,
        "alerts fired"
    );
}

fn millis(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
