//! The Lambda function that saves snapshots: started by the Kafka trigger on `user.snapshot.requested`.
//!
//! A record that can't be decoded goes to `dead.letter`. A fault of DynamoDB fails the batch: it comes again,
//! and what had been saved is not saved twice.

use std::sync::Arc;

use app::snapshots::WriteSnapshots;
use bootstrap::dead_letters::{DeadLetter, KeepDeadLetters, bury};
use bootstrap::snapshots::decode_snapshot_requested;
use bootstrap::trigger::{KafkaEvent, KafkaRecord, Topic, TopicName};
use domain::{Snapshot, Tick};
use lambda_runtime::Error;

/// This function's name where it signs for something.
const NAME: &str = "snapshot-writer";
/// How far clocks may differ: a record of a later tick is wrong.
const MAX_TICKS_AHEAD: u64 = 12;

/// Handles the events of one process.
pub struct SnapshotWriter {
    write: WriteSnapshots,
    dead_letters: Arc<dyn KeepDeadLetters>,
}

impl SnapshotWriter {
    /// A handler that saves with `write` and keeps in `dead_letters` what it can't read.
    #[must_use]
    pub fn new(write: WriteSnapshots, dead_letters: Arc<dyn KeepDeadLetters>) -> Self {
        Self {
            write,
            dead_letters,
        }
    }

    /// Saves what the event holds. `now_ms` is the present instant in Unix milliseconds.
    ///
    /// # Errors
    /// If snapshots can't be saved or dead letters can't be kept: the batch has to come again.
    pub async fn handle(&self, event: KafkaEvent, now_ms: u64) -> Result<(), Error> {
        let (snapshots, dead) = sort(event, Tick::at_ms(now_ms).plus(MAX_TICKS_AHEAD));
        if !snapshots.is_empty() {
            let report = self.write.write(&snapshots, now_ms).await?;
            tracing::info!(
                records = snapshots.len(),
                saved = report.saved,
                repeated = report.repeated,
                told = report.told,
                "batch of snapshots written"
            );
        }
        Ok(bury(&*self.dead_letters, dead).await?)
    }
}

/// Takes an event apart into snapshots of no later tick than `last` and what can't be used.
fn sort(event: KafkaEvent, last: Tick) -> (Vec<Snapshot>, Vec<DeadLetter>) {
    let (mut snapshots, mut dead) = (Vec::new(), Vec::new());
    for record in event.records {
        match read(&record, last) {
            Ok(snapshot) => snapshots.push(snapshot),
            Err(reason) => dead.push(record.into_dead_letter(reason, NAME)),
        }
    }
    (snapshots, dead)
}

fn read(record: &KafkaRecord, last: Tick) -> Result<Snapshot, String> {
    if record.topic != TopicName::Known(Topic::SnapshotRequested) {
        return Err(format!("{NAME} does not read this topic"));
    }
    let snapshot = decode_snapshot_requested(record.key.as_deref(), record.value.as_deref())
        .map_err(|error| error.reason())?;
    let tick = snapshot.id.tick();
    if tick > last {
        return Err(format!(
            "tick {tick} lies in the future: {last} is the last that could be right"
        ));
    }
    Ok(snapshot)
}

#[cfg(test)]
mod tests;
