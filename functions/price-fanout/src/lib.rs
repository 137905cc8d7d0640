//! The Lambda function that sends prices and market summaries to the WebSockets that subscribed to them:
//! started by the Kafka triggers on `user.price.update` and `market.summary`.
//!
//! Prices go out first; then alerts whose thresholds they cross are fired. A record that can't be decoded goes to
//! `dead.letter`.

use std::sync::Arc;

use app::alerts::{AlertReport, FireAlerts};
use bootstrap::dead_letters::{DeadLetter, KeepDeadLetters, bury};
use bootstrap::fanout::{decode_market_summary, decode_price_update};
use bootstrap::trigger::{KafkaEvent, KafkaRecord, Topic, TopicName};
use domain::market::Summary;
use domain::{PriceUpdate, Tick};
use feed::fanout::{FanOut, FanoutReport};
use lambda_runtime::Error;

/// This function's name where it signs for something.
const NAME: &str = "price-fanout";
/// How far clocks may differ: a record of a later tick is wrong. Sent, it would pass for the newest of its
/// user, and all that is right would come too late.
const MAX_TICKS_AHEAD: u64 = 12;

/// Handles the events of one process.
pub struct PriceFanout {
    fan_out: FanOut,
    alerts: FireAlerts,
    dead_letters: Arc<dyn KeepDeadLetters>,
}

/// An event, taken apart.
#[derive(Default)]
struct Batch {
    updates: Vec<PriceUpdate>,
    summaries: Vec<Summary>,
    dead: Vec<DeadLetter>,
}

impl PriceFanout {
    /// A handler that sends with `fan_out`, fires `alerts` and keeps in `dead_letters` what it can't read.
    #[must_use]
    pub fn new(
        fan_out: FanOut,
        alerts: FireAlerts,
        dead_letters: Arc<dyn KeepDeadLetters>,
    ) -> Self {
        Self {
            fan_out,
            alerts,
            dead_letters,
        }
    }

    /// Sends what the event holds. `now_ms` is the present instant in Unix milliseconds.
    ///
    /// # Errors
    /// If the audience or alerts can't be read, alerts can't be claimed or dead letters can't be kept: the
    /// batch has to come again. What was sent is not sent twice by the same process.
    pub async fn handle(&self, event: KafkaEvent, now_ms: u64) -> Result<(), Error> {
        let batch = Batch::of(event, Tick::at_ms(now_ms).plus(MAX_TICKS_AHEAD));
        if !batch.updates.is_empty() {
            let report = self.fan_out.fan_out_prices(&batch.updates, now_ms).await?;
            log(Topic::PriceUpdate, &report);
            let versions = &report.alert_versions;
            let alerts = self.alerts.fire(&batch.updates, versions, now_ms).await?;
            log_alerts(&alerts);
        }
        if !batch.summaries.is_empty() {
            let report = self.fan_out.fan_out_market(batch.summaries, now_ms).await?;
            log(Topic::MarketSummary, &report);
        }
        Ok(bury(&*self.dead_letters, batch.dead).await?)
    }
}

impl Batch {
    fn of(event: KafkaEvent, last: Tick) -> Self {
        let mut batch = Self::default();
        for record in event.records {
            if let Err(reason) = batch.add(&record, last) {
                batch.dead.push(record.into_dead_letter(reason, NAME));
            }
        }
        batch
    }

    /// Adds a record of no later tick than `last`, or says why it can't be used.
    fn add(&mut self, record: &KafkaRecord, last: Tick) -> Result<(), String> {
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        match &record.topic {
            TopicName::Known(Topic::PriceUpdate) => {
                let update = decode_price_update(key, value).map_err(|e| e.reason())?;
                check_tick(update.tick, last)?;
                self.updates.push(update);
            }
            TopicName::Known(Topic::MarketSummary) => {
                let summary = decode_market_summary(key, value).map_err(|e| e.reason())?;
                check_tick(summary.tick, last)?;
                self.summaries.push(summary);
            }
            TopicName::Known(
                Topic::UserRegistered | Topic::SnapshotRequested | Topic::DeadLetter,
            )
            | TopicName::Unknown(_) => {
                return Err(format!("{NAME} does not read this topic"));
            }
        }
        Ok(())
    }
}

fn check_tick(tick: Tick, last: Tick) -> Result<(), String> {
    if tick > last {
        return Err(format!(
            "tick {tick} lies in the future: {last} is the last that could be right"
        ));
    }
    Ok(())
}

fn log(topic: Topic, report: &FanoutReport) {
    tracing::info!(
        topic = topic.name(),
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

#[cfg(test)]
mod tests;
