//! The thread of one consumer: reads records, puts batches together, hands them to the dispatcher one at a time. While one
//! is being delivered the next is put together.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::Consumer;
use tracing::{error, warn};

use crate::batch::BatchBuilder;
use crate::client;
use crate::dispatcher::{Dispatcher, backoff};
use crate::gathering::Gathering;
use crate::inbox::Inbox;
use crate::record::Record;

#[cfg(test)]
mod tests;

/// How long the thread sleeps when there is nothing to do. Records and the end of a delivery wake it.
const IDLE_POLL: Duration = Duration::from_millis(100);
/// So long after the trigger's last record a poller of the embedded broker rests.
const RESTLESS: Duration = Duration::from_millis(100);
/// How long the broker may take to answer the request that wakes a client.
const WAKING: Duration = Duration::from_secs(1);

/// Everything that the thread works with. It stays on its thread, which the inbox and deliveries wake.
pub(crate) struct Poller {
    dispatcher: Arc<Dispatcher>,
    inbox: Rc<Inbox>,
    batch: BatchBuilder,
    /// The offset expected next on each partition of the topic; those of other consumers are not kept up.
    expected: Vec<i64>,
    gathering: Gathering,
    in_flight: Option<Receiver<Result<(), Panicked>>>,
    last_error: Option<String>,
}

/// A delivery, or the thread itself, panicked: why.
#[derive(Debug, PartialEq, Eq)]
struct Panicked(String);

impl Poller {
    /// For a member whose partitions are assigned from the positions of its trigger's progress.
    pub fn new(dispatcher: Dispatcher) -> Self {
        let (context, member) = (&dispatcher.context, &dispatcher.member);
        let trigger = &context.trigger;
        let expected = context.progress.positions();
        let inbox = Inbox::open(&context.client, &trigger.topic, &member.partitions);
        Self {
            inbox: Rc::new(inbox),
            batch: builder(&dispatcher, expected.len()),
            expected,
            gathering: Gathering::new(trigger.window, context.arrivals.is_some()),
            dispatcher: Arc::new(dispatcher),
            in_flight: None,
            last_error: None,
        }
    }

    /// Runs until the consumer leaves. Should something panic, it begins again where the last delivery ended, after a backoff.
    pub fn run(mut self) {
        let (mut attempt, mut position) = (0, Vec::new());
        while let Err(Panicked(reason)) = catch(|| self.begin(attempt)) {
            if self.is_leaving() {
                return;
            }
            let reached = self.positions();
            attempt = if reached == position { attempt + 1 } else { 1 };
            position = reached;
            let pause = backoff(attempt);
            let (context, member) = (&self.dispatcher.context, &self.dispatcher.member);
            error!(
                trigger = context.trigger.id,
                partitions = ?member.partitions,
                attempt,
                reason,
                "the poller panicked, it begins again where the last delivery ended in {pause:?}"
            );
            context.progress.restarted();
            member.buffered(0);
            member.set_error(Some(reason));
            let leaving = &member.leaving;
            let pausing = async { leaving.run_until_cancelled(tokio::time::sleep(pause)).await };
            if context.runtime.block_on(pausing).is_none() {
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

    /// What was gathered and not delivered is not committed: it is read again.
    fn poll(&mut self) -> Result<(), Panicked> {
        while !self.is_leaving() {
            let (due, has_ended) = (self.due_in(), self.has_ended()?);
            if due == Some(Duration::ZERO) && has_ended {
                self.hand_over();
                continue;
            }
            if due.is_none() && self.dispatcher.context.activity.pause() >= RESTLESS {
                self.rest()?;
            }
            let patience = match due {
                Some(due) if has_ended => due.min(IDLE_POLL),
                _ => IDLE_POLL,
            };
            if self.batch.is_full() {
                thread::park_timeout(patience);
                continue;
            }
            self.read(patience)?;
        }
        Ok(())
    }

    fn read(&mut self, patience: Duration) -> Result<(), Panicked> {
        let inbox = Rc::clone(&self.inbox);
        match inbox.poll(patience) {
            Some(Ok(message)) => return self.take(&Record::from(&message)),
            Some(Err(error)) => self.report(&error),
            None => {}
        }
        Ok(())
    }

    /// Fetches nothing from the embedded broker until it has something new.
    fn rest(&mut self) -> Result<(), Panicked> {
        let dispatcher = Arc::clone(&self.dispatcher);
        let Some(arrivals) = &dispatcher.context.arrivals else {
            return Ok(());
        };
        self.set_paused(true);
        let topic = &dispatcher.context.trigger.topic;
        let own = &dispatcher.member.partitions;
        while self.batch.is_empty()
            && !self.is_leaving()
            && !arrivals.wait(topic, own, &self.expected, IDLE_POLL)
        {
            // What became of commits is told here, too.
            self.read(Duration::ZERO)?;
            self.has_ended()?;
        }
        self.set_paused(false);
        self.wake_client();
        dispatcher.context.activity.note();
        Ok(())
    }

    /// Partitions that are resumed do not wake the thread of librdkafka that fetches, and it sleeps for up to a second where none is
    /// fetched; requests do (its `rd_kafka_broker_serve`).
    fn wake_client(&mut self) {
        let (context, member) = (&self.dispatcher.context, &self.dispatcher.member);
        let Some(partition) = member.partitions.first() else {
            return;
        };
        let topic = &context.trigger.topic;
        let asked = context.client.fetch_watermarks(topic, *partition, WAKING);
        if let Err(error) = asked {
            self.report(&error);
        }
    }

    fn set_paused(&mut self, paused: bool) {
        let (context, member) = (&self.dispatcher.context, &self.dispatcher.member);
        let mut partitions = TopicPartitionList::new();
        for partition in &member.partitions {
            partitions.add_partition(&context.trigger.topic, *partition);
        }
        let set = if paused {
            context.client.pause(&partitions)
        } else {
            context.client.resume(&partitions)
        };
        if let Err(error) = set {
            self.report(&error);
        }
    }

    /// Forgets what was read and not delivered, and reads it again.
    fn read_again(&mut self) {
        // Whatever is still being delivered moves the position.
        while !self.is_leaving() && matches!(self.has_ended(), Ok(false)) {
            thread::park_timeout(IDLE_POLL);
        }
        let context = &self.dispatcher.context;
        let (partitions, positions) = (&self.dispatcher.member.partitions, self.positions());
        self.expected = context.progress.positions();
        self.batch = builder(&self.dispatcher, self.expected.len());
        self.gathering.reset();
        let positions = partitions.iter().copied().zip(positions);
        let reassigned = client::reassign(&context.client, &context.trigger, positions);
        reassigned.expect("BUG: partitions and offsets were assigned before");
        self.set_paused(false);
    }

    fn is_leaving(&self) -> bool {
        self.dispatcher.member.leaving.is_cancelled()
    }

    /// Where the last delivery of each of its partitions ended.
    fn positions(&self) -> Vec<i64> {
        let all = self.dispatcher.context.progress.positions();
        let own = &self.dispatcher.member.partitions;
        own.iter().map(|own| all[*own as usize]).collect()
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
                if self.is_leaving() {
                    return Ok(());
                }
                thread::park_timeout(IDLE_POLL);
            }
            self.hand_over();
            self.batch.push_encoded(record);
        }
        self.gathering.add(Instant::now());
        self.dispatcher.context.activity.note();
        self.dispatcher.member.buffered(self.batch.records());
        Ok(())
    }

    fn hand_over(&mut self) {
        let (done, ended) = channel();
        let (dispatcher, batch) = (Arc::clone(&self.dispatcher), self.batch.finish());
        self.gathering.reset();
        self.inbox.end_turn();
        dispatcher.member.buffered(0);
        dispatcher.member.in_flight(batch.records);
        let context = Arc::clone(&dispatcher.context);
        let poller = thread::current();
        let deliver = async move {
            let delivery = AssertUnwindSafe(dispatcher.dispatch(batch)).catch_unwind();
            let delivered = delivery
                .await
                .map_err(|panic| Panicked(format!("a delivery panicked: {}", message(&*panic))));
            dispatcher.member.in_flight(0);
            if done.send(delivered).is_err() {
                tracing::debug!("a delivery has outlived its poller");
            }
            poller.unpark();
        };
        context.deliveries.spawn_on(deliver, &context.runtime);
        self.in_flight = Some(ended);
    }

    fn has_ended(&mut self) -> Result<bool, Panicked> {
        let Some(in_flight) = &self.in_flight else {
            return Ok(true);
        };
        let ended = match in_flight.try_recv() {
            Ok(ended) => ended,
            Err(TryRecvError::Empty) => return Ok(false),
            Err(TryRecvError::Disconnected) => Err(Panicked("a delivery was cut off".to_owned())),
        };
        self.in_flight = None;
        ended.map(|()| true)
    }

    /// A gap in the offsets is what the broker dropped before it was read.
    fn watch_for_loss(&mut self, record: &Record<'_>) {
        let (partition, offset) = (record.partition, record.offset);
        let expected = std::mem::replace(&mut self.expected[partition as usize], offset + 1);
        let gap = offset - expected;
        let context = &self.dispatcher.context;
        let is_embedded = context.arrivals.is_some();
        let (trigger, topic) = (&context.trigger.id, &context.trigger.topic);
        if gap < 0 {
            warn!(
                "trigger {trigger} reads {topic}-{partition} from offset {offset} again, although it had \
                 reached {expected}: the broker lost records, or the topic was recreated"
            );
        }
        // Compacted topics and transactions leave gaps that are no loss.
        if gap > 0 && (is_embedded || self.low_watermark(partition) > expected) {
            context.progress.lost(gap.unsigned_abs());
            let remedy = if is_embedded {
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
        let context = &self.dispatcher.context;
        let topic = &context.trigger.topic;
        match context
            .client
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
            let trigger = &self.dispatcher.context.trigger.id;
            warn!(trigger, %error, "the trigger's consumer failed, it tries again by itself");
            self.last_error = Some(text);
        }
    }
}

fn builder(dispatcher: &Dispatcher, partitions: usize) -> BatchBuilder {
    let context = &dispatcher.context;
    let trigger = &context.trigger;
    BatchBuilder::new(
        &trigger.cluster_arn,
        &context.bootstrap,
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
