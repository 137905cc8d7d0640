//! Wakes pollers that rest. The embedded broker doesn't answer a fetch when a record comes but when the fetch's time is over, so
//! fetches have to be short to be quick, and are too many for a trigger that has nothing to do. One request for the ends of all
//! topics, fifty times a second, stands in for them.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error};

use crate::broker::Broker;

/// How long a record waits for a poller that rests, at most.
const INTERVAL: Duration = Duration::from_millis(20);
/// How long the broker may take to answer.
const ANSWER: Duration = Duration::from_secs(1);

/// By topic, where its partitions end.
type Ends = HashMap<String, Vec<i64>>;

/// The offsets at which topics end.
#[derive(Default)]
pub(crate) struct Arrivals {
    ends: Mutex<Ends>,
    changed: Condvar,
}

impl Arrivals {
    /// Starts the thread that asks, until `stop`.
    pub fn watch(
        consumer: BaseConsumer,
        broker: Broker,
        stop: CancellationToken,
    ) -> std::io::Result<Arc<Self>> {
        let arrivals = Arc::new(Self::default());
        let watched = Arc::clone(&arrivals);
        std::thread::Builder::new()
            .name("arrivals".to_owned())
            .spawn(move || {
                while !stop.is_cancelled() {
                    // Pollers that rest would never learn of this thread's end.
                    match catch_unwind(AssertUnwindSafe(|| read(&consumer, &broker))) {
                        Ok(Ok(ends)) => watched.update(ends),
                        Ok(Err(error)) => {
                            debug!(%error, "the ends of the topics were not read, trying again");
                        }
                        Err(_panic) => {
                            error!("reading the ends of the topics panicked, trying again")
                        }
                    }
                    std::thread::sleep(INTERVAL);
                }
            })?;
        Ok(arrivals)
    }

    /// Waits until one of these partitions of the topic has a record at or beyond the offset that is expected of it; `expected` has
    /// one for each partition of the topic. False if none came in time.
    pub fn wait(
        &self,
        topic: &str,
        partitions: &[i32],
        expected: &[i64],
        patience: Duration,
    ) -> bool {
        let has_none = |ends: &mut Ends| {
            let ends = ends.get(topic).map_or(&[][..], Vec::as_slice);
            let mut own = partitions.iter().map(|partition| *partition as usize);
            own.all(|own| ends.get(own).is_none_or(|end| *end <= expected[own]))
        };
        let waited = self
            .changed
            .wait_timeout_while(self.ends(), patience, has_none);
        let (ends, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(ends);
        !timeout.timed_out()
    }

    fn update(&self, ends: Ends) {
        let mut known = self.ends();
        if *known != ends {
            *known = ends;
            self.changed.notify_all();
        }
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(consumer: &BaseConsumer, broker: &Broker) -> KafkaResult<Ends> {
    let mut list = TopicPartitionList::new();
    for topic in broker.topics() {
        for partition in 0..topic.partitions {
            // Taken for a time, it means the end.
            list.add_partition_offset(&topic.name, partition, Offset::End)?;
        }
    }
    let found = consumer.offsets_for_times(list, ANSWER)?;
    let mut ends = Ends::new();
    // In the order that they were asked for.
    for one in found.elements() {
        let end = match one.offset() {
            Offset::Offset(end) => end,
            _unknown => -1,
        };
        match ends.get_mut(one.topic()) {
            Some(ends) => ends.push(end),
            None => drop(ends.insert(one.topic().to_owned(), vec![end])),
        }
    }
    Ok(ends)
}
