//! The thread of one trigger: reads records, gathers batches, hands them on one at a time. While one
//! is being delivered the next is gathered.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::{Duration, Instant};

use rdkafka::consumer::{Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::message::BorrowedMessage;
use rdkafka::{ClientContext, Message, TopicPartitionList};
use tokio::runtime::Handle;
use tracing::{error, warn};

use super::batch::BatchBuilder;
use super::delivery::{self, Delivery};

/// How long the thread sleeps when there is nothing to do: what a stop has to wait for.
const IDLE_POLL: Duration = Duration::from_millis(100);
/// How soon a delivery's end is noticed while the next batch waits for it.
const BUSY_POLL: Duration = Duration::from_millis(2);
/// Without a batching window a batch ends when no record came for this long: it is longer than the
/// embedded broker's fetch wait and a producer's linger, so that one burst is one batch.
const QUIET: Duration = Duration::from_millis(6);
/// An external broker answers each partition's request on its own, and its pauses are longer.
const QUIET_EXTERNAL: Duration = Duration::from_millis(12);
/// And it ends after this long in any case.
const BURST: Duration = Duration::from_millis(50);

/// Callbacks of librdkafka.
#[derive(Debug)]
pub(super) struct TriggerContext;

impl ClientContext for TriggerContext {}

impl ConsumerContext for TriggerContext {
    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        delivery::committed(result);
    }
}

/// Everything that the thread works with.
pub(super) struct Poller {
    pub delivery: Arc<Delivery>,
    pub batch: BatchBuilder,
    /// The offset expected next on each partition.
    pub expected: Vec<i64>,
    pub embedded: bool,
    pub runtime: Handle,
}

impl Poller {
    /// Runs until the trigger is stopped and its last delivery has ended.
    pub fn run(mut self) {
        let consumer = Arc::clone(&self.delivery.consumer);
        let mut gathering = Gathering::new(self.delivery.trigger.window, self.embedded);
        let mut in_flight = None;
        let mut last_error = None;
        while !self.delivery.stop.is_cancelled() {
            let due = self.due_in(&gathering);
            if due == Some(Duration::ZERO) && has_ended(&mut in_flight) {
                in_flight = Some(self.dispatch(&mut gathering));
                continue;
            }
            let patience = match due {
                None => IDLE_POLL,
                Some(due) => due.max(if in_flight.is_some() {
                    BUSY_POLL
                } else {
                    Duration::ZERO
                }),
            };
            if self.batch.is_full() {
                wait_for_end(&mut in_flight, patience);
                continue;
            }
            match consumer.poll(patience) {
                Some(Ok(record)) => self.take(&record, &mut gathering, &mut in_flight),
                Some(Err(error)) => self.report(&error, &mut last_error),
                None => {}
            }
        }
        // The position of what was gathered and not delivered is not committed: it is read again.
        while in_flight.is_some() {
            wait_for_end(&mut in_flight, IDLE_POLL);
        }
    }

    /// When the batch is to be delivered; `None` while it is empty.
    fn due_in(&self, gathering: &Gathering) -> Option<Duration> {
        let due = gathering.due()?;
        if self.batch.is_full() {
            return Some(Duration::ZERO);
        }
        Some(due.saturating_duration_since(Instant::now()))
    }

    fn take(
        &mut self,
        record: &BorrowedMessage<'_>,
        gathering: &mut Gathering,
        in_flight: &mut Option<Receiver<()>>,
    ) {
        self.watch_for_loss(record);
        if !self.batch.push(record) {
            // Six megabytes are full before the record count is.
            while !has_ended(in_flight) {
                if self.delivery.stop.is_cancelled() {
                    return;
                }
                wait_for_end(in_flight, IDLE_POLL);
            }
            *in_flight = Some(self.dispatch(gathering));
            self.batch.push_encoded(record);
        }
        gathering.add(Instant::now());
        self.delivery.progress.buffered(self.batch.records());
    }

    fn dispatch(&mut self, gathering: &mut Gathering) -> Receiver<()> {
        let (done, ended) = channel::<()>();
        let (delivery, batch) = (Arc::clone(&self.delivery), self.batch.finish());
        gathering.reset();
        self.delivery.progress.buffered(0);
        self.runtime.spawn(async move {
            delivery.deliver(batch).await;
            // Dropping the sender tells the thread, also when the delivery panics.
            drop(done);
        });
        ended
    }

    /// A gap in the offsets is what the broker dropped before it was read.
    fn watch_for_loss(&mut self, record: &BorrowedMessage<'_>) {
        let (partition, offset) = (record.partition(), record.offset());
        let expected = std::mem::replace(&mut self.expected[partition as usize], offset + 1);
        let gap = offset - expected;
        let (trigger, topic) = (&self.delivery.trigger.id, record.topic());
        if gap < 0 {
            warn!(
                "{trigger} is sent {topic}-{partition} from offset {offset} again, although it was \
                 at {expected}: the broker has lost records or the topic was made anew"
            );
        }
        // Compacted topics and transactions leave gaps that are no loss.
        if gap > 0 && (self.embedded || self.low_watermark(partition) > expected) {
            self.delivery.progress.lost(gap.unsigned_abs());
            let remedy = if self.embedded {
                "; the embedded broker keeps 5 MiB (or 100,000 batches) per partition: run a real \
                 one and give --kafka"
            } else {
                ""
            };
            error!(
                "LOST: the broker dropped {gap} records of {topic}-{partition} (offsets {expected} \
                 to {}) before trigger {trigger} had read them{remedy}",
                offset - 1
            );
        }
    }

    fn low_watermark(&self, partition: i32) -> i64 {
        let topic = &self.delivery.trigger.topic;
        match self
            .delivery
            .consumer
            .fetch_watermarks(topic, partition, Duration::from_secs(1))
        {
            Ok((low, _)) => low,
            Err(error) => {
                warn!(%error, "cannot tell whether the gap in {topic}-{partition} is a loss");
                i64::MIN
            }
        }
    }

    fn report(&self, error: &rdkafka::error::KafkaError, last: &mut Option<String>) {
        let text = error.to_string();
        // librdkafka repeats itself with every reconnect.
        if last.as_ref() != Some(&text) {
            warn!(trigger = self.delivery.trigger.id, %error, "Kafka consumer");
            *last = Some(text);
        }
    }
}

/// When the first and the last record of the batch came, and so when it is to be delivered.
#[derive(Debug)]
struct Gathering {
    window: Duration,
    quiet: Duration,
    span: Option<(Instant, Instant)>,
}

impl Gathering {
    fn new(window: Duration, embedded: bool) -> Self {
        Self {
            window,
            quiet: if embedded { QUIET } else { QUIET_EXTERNAL },
            span: None,
        }
    }

    fn add(&mut self, now: Instant) {
        let first = self.span.map_or(now, |(first, _)| first);
        self.span = Some((first, now));
    }

    fn reset(&mut self) {
        self.span = None;
    }

    fn due(&self) -> Option<Instant> {
        let (first, last) = self.span?;
        Some(if self.window.is_zero() {
            (last + self.quiet).min(first + BURST)
        } else {
            first + self.window
        })
    }
}

fn has_ended(in_flight: &mut Option<Receiver<()>>) -> bool {
    if in_flight
        .as_ref()
        .is_some_and(|ended| ended.try_recv() == Err(TryRecvError::Empty))
    {
        return false;
    }
    *in_flight = None;
    true
}

fn wait_for_end(in_flight: &mut Option<Receiver<()>>, patience: Duration) {
    if let Some(ended) = in_flight
        && ended.recv_timeout(patience) != Err(RecvTimeoutError::Timeout)
    {
        *in_flight = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_with_the_first_record() {
        let (start, window) = (Instant::now(), Duration::from_millis(500));
        let mut gathering = Gathering::new(window, true);
        assert_eq!(gathering.due(), None);
        gathering.add(start);
        gathering.add(start + Duration::from_millis(400));
        assert_eq!(gathering.due(), Some(start + window));
        gathering.reset();
        assert_eq!(gathering.due(), None);
    }

    #[test]
    fn without_a_window_a_burst_is_one_batch_unless_it_goes_on_and_on() {
        let start = Instant::now();
        let mut gathering = Gathering::new(Duration::ZERO, true);
        gathering.add(start);
        let later = start + Duration::from_millis(5);
        gathering.add(later);
        assert_eq!(gathering.due(), Some(later + QUIET));
        gathering.add(start + BURST);
        assert_eq!(gathering.due(), Some(start + BURST));
    }
}
