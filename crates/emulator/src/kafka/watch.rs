//! Watches what the embedded broker's small retention drops under a trigger that doesn't keep up.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, warn};

use super::observer::Observer;
use super::progress::Progress;
use super::status::TopicStatus;
use crate::model::KafkaTrigger;

const INTERVAL: Duration = Duration::from_secs(5);

/// Warns, until cancelled, when records that a trigger has not delivered are no longer kept. The count
/// of what is lost comes from the trigger itself, once it reads on: it may have read ahead.
pub(super) async fn watch(observer: Observer, triggers: Vec<(KafkaTrigger, Arc<Progress>)>) {
    let mut warned: HashMap<String, u64> = HashMap::new();
    loop {
        tokio::time::sleep(INTERVAL).await;
        let topics = match observer.topics().await {
            Ok(topics) => topics,
            Err(error) => {
                debug!(error, "offsets of the embedded broker not read");
                continue;
            }
        };
        for (trigger, progress) in &triggers {
            let topic = topics.iter().find(|topic| topic.name == trigger.topic);
            let dropped = topic.map_or(0, |topic| dropped(topic, &progress.positions()));
            let before = warned.insert(trigger.id.clone(), dropped).unwrap_or(0);
            if dropped > before {
                warn!(
                    "trigger {} does not keep up: the embedded broker has dropped {dropped} records \
                     of {} that it has not delivered yet; what it had not read ahead is lost. Run a \
                     real broker and give --kafka",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::PartitionStatus;

    #[test]
    fn only_undelivered_records_count_as_dropped() {
        let partition = |id, low| PartitionStatus { id, low, high: 100 };
        let topic = TopicStatus {
            name: "prices".to_owned(),
            partitions: vec![partition(0, 10), partition(1, 10), partition(2, 0)],
        };
        assert_eq!(dropped(&topic, &[7, 10, 0]), 3);
        assert_eq!(dropped(&topic, &[20, 11, 5]), 0);
    }
}
