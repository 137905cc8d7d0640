//! Follows up registrations: started by the Kafka trigger on `user.registered`. It tells the WebSockets that subscribed
//! to registrations, and has the new users welcomed.
//!
//! A record whose user can't be welcomed, now or later, becomes a dead letter. While the notification service is
//! unavailable, batches fail and come again: nobody is left out.

use app::registrations::{FollowUpRegistrations, FollowUpReport};
use app::ticks::Registration;
use bootstrap::config::{ConfigError, Env, FromEnv, PriceSecret, Tables};
use bootstrap::consumer::{self, Batch};
use bootstrap::dead_letters::DeadLetters;
use bootstrap::kafka::KafkaCluster;
use bootstrap::live::Feed;
use bootstrap::notifications::{self, NotificationService};
use bootstrap::push::PushEndpoint;
use bootstrap::registrations::follow_up;
use bootstrap::{Error, Start};

struct Config {
    tables: Tables,
    prices: PriceSecret,
    push: PushEndpoint,
    cluster: KafkaCluster,
    notifications: NotificationService,
}

impl FromEnv for Config {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            tables: env.read()?,
            prices: env.read()?,
            push: env.read()?,
            cluster: env.read()?,
            notifications: env.read()?,
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let prices = clients.secrets().price_model(&config.prices).await?;
    let dead_letters = DeadLetters::new(&clients, &config.cluster)?;
    let notifications = notifications::client(&clients, config.notifications);
    let feed = Feed::new(&clients, &config.tables, config.push)?;
    let follow_up = follow_up(&clients, &config.tables, &feed, notifications, prices);
    consumer::run(
        env!("CARGO_BIN_NAME"),
        &dead_letters,
        async |batch, now_ms| process(&follow_up, batch, now_ms).await,
    )
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
