//! The Lambda function that saves snapshots: started by the Kafka trigger on `user.snapshot.requested`.
//!
//! A record that can't be decoded goes to `dead.letter`, and so does one whose user wanted a confirmation that
//! could not be had. A fault of DynamoDB fails the batch, and for a while one of the notification service: it comes
//! again, and what had been saved is not saved twice.

use std::collections::HashMap;
use std::sync::Arc;

use app::snapshots::WriteSnapshots;
use bootstrap::dead_letters::{DeadLetter, KeepDeadLetters, bury};
use bootstrap::snapshots::decode_snapshot_requested;
use bootstrap::trigger::{KafkaEvent, KafkaRecord, Topic, TopicName};
use domain::{Snapshot, SnapshotId, Tick};
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
        let (records, mut dead) = sort(event, Tick::at_ms(now_ms).plus(MAX_TICKS_AHEAD));
        if !records.is_empty() {
            let snapshots: Vec<_> = records.iter().map(|(snapshot, _)| *snapshot).collect();
            let report = self.write.write(&snapshots, now_ms).await?;
            tracing::info!(
                records = snapshots.len(),
                saved = report.saved,
                repeated = report.repeated,
                departed = report.departed,
                told = report.told,
                confirmed = report.confirmed,
                unconfirmed = report.unconfirmed.len(),
                "batch of snapshots written"
            );
            dead.extend(unconfirmed(records, report.unconfirmed));
        }
        Ok(bury(&*self.dead_letters, dead).await?)
    }
}

/// Takes an event apart into snapshots of no later tick than `last` and what can't be used.
fn sort(event: KafkaEvent, last: Tick) -> (Vec<(Snapshot, KafkaRecord)>, Vec<DeadLetter>) {
    let (mut snapshots, mut dead) = (Vec::new(), Vec::new());
    for record in event.records {
        match read(&record, last) {
            Ok(snapshot) => snapshots.push((snapshot, record)),
            Err(reason) => dead.push(record.into_dead_letter(reason, NAME)),
        }
    }
    (snapshots, dead)
}

/// The records of snapshots that are saved, but not confirmed.
fn unconfirmed(
    records: Vec<(Snapshot, KafkaRecord)>,
    unconfirmed: Vec<(SnapshotId, String)>,
) -> impl Iterator<Item = DeadLetter> {
    let mut reasons: HashMap<_, _> = unconfirmed.into_iter().collect();
    records.into_iter().filter_map(move |(snapshot, record)| {
        let reason = reasons.remove(&snapshot.id)?;
        let reason = format!("the snapshot is saved, but can't be confirmed: {reason}");
        Some(record.into_dead_letter(reason, NAME))
    })
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
