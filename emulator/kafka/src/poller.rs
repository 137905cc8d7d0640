//! The thread of one trigger: reads records, puts batches together, hands them to the dispatcher one at a time. While one
//! is being delivered the next is put together.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaResult;
use tokio::runtime::Handle;
use tracing::{error, warn};

use crate::arrivals::Arrivals;
use crate::batch::BatchBuilder;
use crate::client;
use crate::dispatcher::{Dispatcher, backoff};
use crate::gathering::Gathering;
use crate::record::Record;

#[cfg(test)]
mod tests;

/// How long the thread sleeps when there is nothing to do: what a stop has to wait for.
const IDLE_POLL: Duration = Duration::from_millis(100);
/// How soon a delivery's end is noticed while the next batch waits for it.
const BUSY_POLL: Duration = Duration::from_millis(2);
/// So long after its last record a poller of the embedded broker rests.
const RESTLESS: Duration = Duration::from_millis(100);

/// Everything that the thread works with.
pub(crate) struct Poller {
    dispatcher: Arc<Dispatcher>,
    batch: BatchBuilder,
    /// The offset expected next on each partition.
    expected: Vec<i64>,
    gathering: Gathering,
    in_flight: Option<Receiver<()>>,
    last_error: Option<String>,
    last_record: Instant,
    /// Of the embedded broker.
    arrivals: Option<Arc<Arrivals>>,
    runtime: Handle,
}

/// A delivery, or the thread itself, panicked: why.
#[derive(Debug, PartialEq, Eq)]
struct Panicked(String);

impl Poller {
    /// For a consumer that is assigned its partitions from the positions of the dispatcher's progress.
    pub fn new(dispatcher: Dispatcher, arrivals: Option<Arc<Arrivals>>, runtime: Handle) -> Self {
        let expected = dispatcher.progress.positions();
        Self {
            batch: builder(&dispatcher, expected.len()),
            expected,
            gathering: Gathering::new(dispatcher.trigger.window, arrivals.is_some()),
            dispatcher: Arc::new(dispatcher),
            in_flight: None,
            last_error: None,
            last_record: Instant::now(),
            arrivals,
            runtime,
        }
    }

    /// Runs until the trigger is stopped and its last delivery has ended. Should something panic, it begins again where the
    /// last delivery ended, after a backoff.
    pub fn run(mut self) {
        let (mut attempt, mut position) = (0, Vec::new());
        while let Err(Panicked(reason)) = catch(|| self.begin(attempt)) {
            if self.dispatcher.stop.is_cancelled() {
                return;
            }
            let reached = self.dispatcher.progress.positions();
            attempt = if reached == position { attempt + 1 } else { 1 };
            position = reached;
            let pause = backoff(attempt);
            error!(
                trigger = self.dispatcher.trigger.id,
                attempt,
                reason,
                "the poller panicked, it begins again where the last delivery ended in {pause:?}"
            );
            self.dispatcher.progress.restarted(reason);
            let stop = self.dispatcher.stop.clone();
            let pausing = async { stop.run_until_cancelled(tokio::time::sleep(pause)).await };
            if self.runtime.block_on(pausing).is_none() {
                return;
            }
        }
    }

    fn begin(&mut self, attempt: u32) -> Result<(), Panicked> {
        if attempt > 0 {
            self.read_again();
        }
        self.poll()
    }

    fn poll(&mut self) -> Result<(), Panicked> {
        while !self.dispatcher.stop.is_cancelled() {
            let (due, has_ended) = (self.due_in(), self.has_ended()?);
            if due == Some(Duration::ZERO) && has_ended {
                self.hand_over();
                continue;
            }
            if due.is_none() && self.last_record.elapsed() >= RESTLESS {
                self.rest()?;
            }
            let patience = match due {
                None => IDLE_POLL,
                Some(due) if self.in_flight.is_some() => due.max(BUSY_POLL),
                Some(due) => due,
            };
            if self.batch.is_full() {
                self.wait_for_end(patience)?;
                continue;
            }
            self.read(patience)?;
        }
        // The position of what was gathered and not delivered is not committed: it is read again.
        while self.in_flight.is_some() {
            self.wait_for_end(IDLE_POLL)?;
        }
        Ok(())
    }

    fn read(&mut self, patience: Duration) -> Result<(), Panicked> {
        let consumer = Arc::clone(&self.dispatcher.consumer);
        match consumer.poll(patience) {
            Some(Ok(message)) => return self.take(&Record::from(&message)),
            Some(Err(error)) => self.report(&error),
            None => {}
        }
        Ok(())
    }

    /// Fetches nothing from the embedded broker until it has something new.
    fn rest(&mut self) -> Result<(), Panicked> {
        let Some(arrivals) = self.arrivals.clone() else {
            return Ok(());
        };
        let dispatcher = Arc::clone(&self.dispatcher);
        let set_paused = |paused: bool| -> KafkaResult<()> {
            let partitions = dispatcher.consumer.assignment()?;
            if paused {
                dispatcher.consumer.pause(&partitions)
            } else {
                dispatcher.consumer.resume(&partitions)
            }
        };
        if let Err(error) = set_paused(true) {
            self.report(&error);
        }
        let topic = &dispatcher.trigger.topic;
        while self.batch.is_empty()
            && !dispatcher.stop.is_cancelled()
            && !arrivals.wait(topic, &self.expected, IDLE_POLL)
        {
            // What became of commits is told here, too.
            self.read(Duration::ZERO)?;
            self.has_ended()?;
        }
        if let Err(error) = set_paused(false) {
            self.report(&error);
        }
        self.last_record = Instant::now();
        Ok(())
    }

    /// Forgets what was read and not delivered, and reads it again.
    fn read_again(&mut self) {
        // Whatever is still being delivered moves the position.
        while self.wait_for_end(IDLE_POLL).is_ok() && self.in_flight.is_some() {}
        let dispatcher = &self.dispatcher;
        self.expected = dispatcher.progress.positions();
        self.batch = builder(dispatcher, self.expected.len());
        self.gathering.reset();
        let assigned = client::assign(&dispatcher.consumer, &dispatcher.trigger, &self.expected);
        assigned.expect("BUG: partitions and offsets were assigned before");
    }

    /// When the batch is to be delivered; `None` while it is empty.
    fn due_in(&self) -> Option<Duration> {
        let due = self.gathering.due()?;
        if self.batch.is_full() {
            return Some(Duration::ZERO);
        }
        Some(due.saturating_duration_since(Instant::now()))
    }

    fn take(&mut self, record: &Record<'_>) -> Result<(), Panicked> {
        self.watch_for_loss(record);
        if !self.batch.push(record) {
            // Six megabytes are full before the record count is.
            while !self.has_ended()? {
                if self.dispatcher.stop.is_cancelled() {
                    return Ok(());
                }
                self.wait_for_end(IDLE_POLL)?;
            }
            self.hand_over();
            self.batch.push_encoded(record);
        }
        self.last_record = Instant::now();
        self.gathering.add(self.last_record);
        self.dispatcher.progress.buffered(self.batch.records());
        Ok(())
    }

    fn hand_over(&mut self) {
        let (done, ended) = channel::<()>();
        let (dispatcher, batch) = (Arc::clone(&self.dispatcher), self.batch.finish());
        self.gathering.reset();
        self.dispatcher.progress.buffered(0);
        self.runtime.spawn(async move {
            dispatcher.dispatch(batch).await;
            // Without a word, should the dispatcher panic.
            if done.send(()).is_err() {
                tracing::debug!("a delivery has outlived its poller");
            }
        });
        self.in_flight = Some(ended);
    }

    fn has_ended(&mut self) -> Result<bool, Panicked> {
        let ended = self.in_flight.as_ref().map(Receiver::try_recv);
        match ended {
            Some(Err(TryRecvError::Empty)) => return Ok(false),
            Some(Err(TryRecvError::Disconnected)) => return Err(self.delivery_panicked()),
            Some(Ok(())) | None => {}
        }
        self.in_flight = None;
        Ok(true)
    }

    fn wait_for_end(&mut self, patience: Duration) -> Result<(), Panicked> {
        let ended = self.in_flight.as_ref();
        match ended.map(|ended| ended.recv_timeout(patience)) {
            Some(Ok(())) => self.in_flight = None,
            Some(Err(RecvTimeoutError::Disconnected)) => return Err(self.delivery_panicked()),
            Some(Err(RecvTimeoutError::Timeout)) | None => {}
        }
        Ok(())
    }

    fn delivery_panicked(&mut self) -> Panicked {
        self.in_flight = None;
        Panicked("a delivery panicked, its log says why".to_owned())
    }

    /// A gap in the offsets is what the broker dropped before it was read.
    fn watch_for_loss(&mut self, record: &Record<'_>) {
        let (partition, offset) = (record.partition, record.offset);
        let expected = std::mem::replace(&mut self.expected[partition as usize], offset + 1);
        let gap = offset - expected;
        let trigger = &self.dispatcher.trigger;
        let (trigger, topic) = (&trigger.id, &trigger.topic);
        if gap < 0 {
            warn!(
                "trigger {trigger} reads {topic}-{partition} from offset {offset} again, although it had \
                 reached {expected}: the broker lost records, or the topic was recreated"
            );
        }
        // Compacted topics and transactions leave gaps that are no loss.
        if gap > 0 && (self.arrivals.is_some() || self.low_watermark(partition) > expected) {
            self.dispatcher.progress.lost(gap.unsigned_abs());
            let remedy = if self.arrivals.is_some() {
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

    fn report(&mut self, error: &rdkafka::error::KafkaError) {
        let text = error.to_string();
        // librdkafka repeats itself with every reconnect.
        if self.last_error.as_ref() != Some(&text) {
            let trigger = &self.dispatcher.trigger.id;
            warn!(trigger, %error, "the trigger's consumer failed, it tries again by itself");
            self.last_error = Some(text);
        }
    }
}

fn builder(dispatcher: &Dispatcher, partitions: usize) -> BatchBuilder {
    let trigger = &dispatcher.trigger;
    BatchBuilder::new(
        &trigger.cluster_arn,
        &dispatcher.bootstrap,
        &trigger.topic,
        partitions as i32,
        trigger.batch_size,
    )
}

/// Runs this, and tells of its panic as of a delivery's.
fn catch(run: impl FnOnce() -> Result<(), Panicked>) -> Result<(), Panicked> {
    // Everything that may be half-way through a change is made anew.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(Panicked(message(&*panic))))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the poller panicked").to_owned()
}
