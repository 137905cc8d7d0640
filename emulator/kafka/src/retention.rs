//! Warns of what the embedded broker's small retention drops before a trigger has delivered it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use emulator_template::model::KafkaTrigger;
use tracing::{debug, warn};

use crate::offsets::OffsetReader;
use crate::progress::TriggerProgress;
use crate::status::{TopicOffsets, TopicStatus};

#[cfg(test)]
mod tests;

const INTERVAL: Duration = Duration::from_secs(5);

/// Warns, until cancelled, when records that a trigger has not delivered are no longer kept. The count
/// of what is lost comes from the trigger itself, once it reads on: it may have read ahead.
pub(crate) async fn watch(
    offsets: OffsetReader,
    triggers: Vec<(KafkaTrigger, Arc<TriggerProgress>)>,
) {
    let mut warned: HashMap<String, u64> = HashMap::new();
    loop {
        tokio::time::sleep(INTERVAL).await;
        let TopicOffsets { topics, error } = offsets.read().await;
        if let Some(error) = error {
            debug!(
                error,
                "the embedded broker's offsets were not all read, trying again in {INTERVAL:?}"
            );
        }
        for (trigger, progress) in &triggers {
            let topic = topics.iter().find(|topic| topic.name == trigger.topic);
            let dropped = topic.map_or(0, |topic| dropped(topic, &progress.positions()));
            let before = warned.insert(trigger.id.clone(), dropped).unwrap_or(0);
            if dropped > before {
                warn!(
                    "trigger {} does not keep up: the embedded broker has dropped {dropped} undelivered \
                     records of {}, those that were not read ahead are lost; run a real broker and name \
                     it with --kafka",
                    trigger.id, trigger.topic
                );
            }
        }
    }
}

/// Undelivered records that the broker no longer keeps.
fn dropped(topic: &TopicStatus, positions: &[i64]) -> u64 {
    let behind = |(low, position): (i64, &i64)| u64::try_from(low - position).unwrap_or(0);
    topic
        .partitions
        .iter()
        .map(|partition| partition.low)
        .zip(positions)
        .map(behind)
        .sum()
}
