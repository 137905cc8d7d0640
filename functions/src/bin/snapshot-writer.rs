//! Saves snapshots: started by the Kafka trigger on `user.snapshot.requested`.
//!
//! A record whose user wanted a confirmation that could not be had becomes a dead letter. A fault of DynamoDB fails the
//! batch, and for a while one of the notification service: it comes again, and what had been saved is not saved twice.

use std::collections::HashMap;

use app::snapshots::WriteSnapshots;
use bootstrap::config::{ConfigError, Env, FromEnv, Tables};
use bootstrap::consumer::{self, Batch};
use bootstrap::dead_letters::DeadLetters;
use bootstrap::kafka::KafkaCluster;
use bootstrap::live::Feed;
use bootstrap::notifications::{self, NotificationService};
use bootstrap::push::PushEndpoint;
use bootstrap::snapshots::write_snapshots;
use bootstrap::{Error, Start};
use domain::Snapshot;

struct Config {
    tables: Tables,
    push: PushEndpoint,
    cluster: KafkaCluster,
    notifications: NotificationService,
}

impl FromEnv for Config {
    fn from_env(env: &Env) -> Result<Self, ConfigError> {
        Ok(Self {
            tables: env.read()?,
            push: env.read()?,
            cluster: env.read()?,
            notifications: env.read()?,
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<Config>().await?;
    let dead_letters = DeadLetters::new(&clients, &config.cluster)?;
    let notifications = notifications::client(&clients, config.notifications);
    let feed = Feed::new(&clients, &config.tables, config.push)?;
    let write = write_snapshots(&clients, &config.tables, &feed, notifications);
    consumer::run(
        env!("CARGO_BIN_NAME"),
        &dead_letters,
        async |batch, now_ms| process(&write, batch, now_ms).await,
    )
    .await
}

async fn process(write: &WriteSnapshots, batch: &mut Batch, now_ms: u64) -> app::Result<()> {
    let records = batch.take::<Snapshot>();
    if records.is_empty() {
        return Ok(());
    }
    let snapshots: Vec<_> = records.iter().map(|(snapshot, _)| *snapshot).collect();
    let report = write.write(&snapshots, now_ms).await?;
    tracing::info!(
        records = snapshots.len(),
        saved = report.saved,
        repeated = report.repeated,
        departed = report.departed,
        told = report.told,
        confirmed = report.confirmed,
        unconfirmed = report.unconfirmed.len(),
        "snapshots written"
    );
    let mut reasons: HashMap<_, _> = report.unconfirmed.into_iter().collect();
    for (snapshot, record) in records {
        if let Some(reason) = reasons.remove(&snapshot.id) {
            let reason = format!("the snapshot is saved, but can't be confirmed: {reason}");
            batch.dead_letter(record, reason);
        }
    }
    Ok(())
}
