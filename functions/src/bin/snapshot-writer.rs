//! Saves snapshots: started by the Kafka trigger on `user.snapshot.requested`.
//!
//! A record whose user wanted a confirmation that could not be had becomes a dead letter. A fault of DynamoDB fails the
//! batch, and for a while one of the notification service: it comes again, and what had been saved is not saved twice.

use std::collections::HashMap;
use std::sync::Arc;

use app::snapshots::WriteSnapshots;
use bootstrap::consumer::{Batch, Consumer, ConsumerConfig};
use bootstrap::snapshots::write_snapshots;
use bootstrap::{Error, Start};
use domain::Snapshot;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let Start { config, clients } = bootstrap::start::<ConsumerConfig>().await?;
    let consumer = Consumer::new(env!("CARGO_BIN_NAME"), &clients, &config)?;
    let notifications = Arc::clone(&consumer.notifications);
    let write = write_snapshots(&clients, &config.tables, &consumer.feed, notifications);
    consumer
        .run(async |batch, now_ms| process(&write, batch, now_ms).await)
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
