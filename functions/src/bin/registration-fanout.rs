//! Follows up registrations: started by the Kafka trigger on `user.registered`. It tells the WebSockets that subscribed
//! to registrations, and has the new users welcomed.
//!
//! A record whose user can't be welcomed, now or later, becomes a dead letter. While the notification service is
//! unavailable, batches fail and come again: nobody is left out.

use std::sync::Arc;

use app::registrations::{FollowUpRegistrations, FollowUpReport};
use app::ticks::Registration;
use bootstrap::config::PriceSecret;
use bootstrap::consumer::{Batch, Consumer, ConsumerConfig};
use bootstrap::registrations::follow_up;
use bootstrap::{Error, Start};

bootstrap::config! {
    struct Config {
        consumer: ConsumerConfig,
        prices: PriceSecret,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let prices = clients.secrets().price_model(&config.prices).await?;
    let consumer = Consumer::new(env!("CARGO_BIN_NAME"), &clients, &config.consumer)?;
    let tables = &config.consumer.tables;
    let notifications = Arc::clone(&consumer.notifications);
    let follow_up = follow_up(&clients, tables, &consumer.feed, notifications, prices);
    consumer
        .run(async |batch, now_ms| process(&follow_up, batch, now_ms).await)
        .await
}

async fn process(
    follow_up: &FollowUpRegistrations,
    batch: &mut Batch,
    now_ms: u64,
) -> app::Result<()> {
    let (registrations, records): (Vec<Registration>, Vec<_>) = batch.take().into_iter().unzip();
    if registrations.is_empty() {
        return Ok(());
    }
    let report = follow_up.follow_up(&registrations, now_ms).await?;
    log(&report);
    let mut records: Vec<_> = records.into_iter().map(Some).collect();
    for (place, reason) in report.unwelcome {
        if let Some(record) = records.get_mut(place).and_then(Option::take) {
            batch.dead_letter(record, format!("the user can't be welcomed: {reason}"));
        }
    }
    Ok(())
}

fn log(report: &FollowUpReport) {
    let announced = &report.announced;
    tracing::info!(
        records = announced.records,
        repeated = announced.repeated,
        connections = announced.connections,
        executions = announced.executions,
        posts = announced.posts,
        bytes = announced.bytes,
        gone = announced.gone,
        throttled = announced.throttled,
        failed = announced.failed,
        failure = announced.failure,
        expired = announced.expired,
        impossible = announced.impossible,
        lost = announced.lost,
        welcomed = report.welcomed,
        unwelcome = report.unwelcome.len(),
        departed = report.departed,
        "registrations followed up"
    );
}
