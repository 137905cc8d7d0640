//! The thread of one trigger: reads records, puts batches together, hands them to the dispatcher one at a time. While one
//! is being delivered the next is put together.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::{Duration, Instant};

use rdkafka::Message;
use rdkafka::consumer::Consumer;
use rdkafka::message::BorrowedMessage;
use tokio::runtime::Handle;
use tracing::{error, warn};

use crate::batch::BatchBuilder;
use crate::dispatcher::Dispatcher;

#[cfg(test)]
mod tests;

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

/// Everything that the thread works with.
pub(crate) struct Poller {
    pub dispatcher: Arc<Dispatcher>,
    pub batch: BatchBuilder,
    /// The offset expected next on each partition.
    pub expected: Vec<i64>,
    pub embedded: bool,
    pub runtime: Handle,
}

impl Poller {
    /// Runs until the trigger is stopped and its last delivery has ended.
    pub fn run(mut self) {
        let consumer = Arc::clone(&self.dispatcher.consumer);
        let mut gathering = Gathering::new(self.dispatcher.trigger.window, self.embedded);
        let mut in_flight = None;
        let mut last_error = None;
        while !self.dispatcher.stop.is_cancelled() {
            let due = self.due_in(&gathering);
            if due == Some(Duration::ZERO) && has_ended(&mut in_flight) {
                in_flight = Some(self.hand_over(&mut gathering));
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
                if self.dispatcher.stop.is_cancelled() {
                    return;
                }
                wait_for_end(in_flight, IDLE_POLL);
            }
            *in_flight = Some(self.hand_over(gathering));
            self.batch.push_encoded(record);
        }
        gathering.add(Instant::now());
        self.dispatcher.progress.buffered(self.batch.records());
    }

    fn hand_over(&mut self, gathering: &mut Gathering) -> Receiver<()> {
        let (done, ended) = channel::<()>();
        let (dispatcher, batch) = (Arc::clone(&self.dispatcher), self.batch.finish());
        gathering.reset();
        self.dispatcher.progress.buffered(0);
        self.runtime.spawn(async move {
            dispatcher.dispatch(batch).await;
            // Dropping the sender tells the thread, even if the dispatcher panics.
            drop(done);
        });
        ended
    }

    /// A gap in the offsets is what the broker dropped before it was read.
    fn watch_for_loss(&mut self, record: &BorrowedMessage<'_>) {
        let (partition, offset) = (record.partition(), record.offset());
        let expected = std::mem::replace(&mut self.expected[partition as usize], offset + 1);
        let gap = offset - expected;
        let (trigger, topic) = (&self.dispatcher.trigger.id, record.topic());
        if gap < 0 {
            warn!(
                "trigger {trigger} reads {topic}-{partition} from offset {offset} again, although it had \
                 reached {expected}: the broker lost records, or the topic was recreated"
            );
        }
        // Compacted topics and transactions leave gaps that are no loss.
        if gap > 0 && (self.embedded || self.low_watermark(partition) > expected) {
            self.dispatcher.progress.lost(gap.unsigned_abs());
            let remedy = if self.embedded {
                "; the embedded broker keeps 5 MiB (or 100,000 batches) per partition: run a real \
                 broker and name it with --kafka"
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
        let topic = &self.dispatcher.trigger.topic;
        match self
            .dispatcher
            .consumer
            .fetch_watermarks(topic, partition, Duration::from_secs(1))
        {
            Ok((low, _)) => low,
            Err(error) => {
                warn!(%error, "the oldest offset of {topic}-{partition} is unknown: a gap in its offsets is not counted as lost");
                i64::MIN
            }
        }
    }

    fn report(&self, error: &rdkafka::error::KafkaError, last: &mut Option<String>) {
        let text = error.to_string();
        // librdkafka repeats itself with every reconnect.
        if last.as_ref() != Some(&text) {
            let trigger = &self.dispatcher.trigger.id;
            warn!(trigger, %error, "the trigger's consumer failed, it tries again by itself");
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
