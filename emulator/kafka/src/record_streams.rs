//! The records of a topic as they come, for people who look on: each stream has a consumer of its own, which joins no group and
//! commits nothing. Without streams nothing runs.

mod buffer;
mod json;
#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use emulator_template::model::Topic;
use futures_util::Stream;
use rdkafka::Message;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::KafkaResult;
use rdkafka::message::BorrowedMessage;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::broker::Broker;
use crate::client;
use crate::error::KafkaError;
use buffer::{Buffer, Received};

/// So many streams at a time.
const STREAMS: usize = 8;
/// What a stream holds for a client that is slow, in bytes.
const BUFFER: usize = 8 * 1024 * 1024;
/// What librdkafka reads ahead of that, in kilobytes.
const READ_AHEAD: &str = "8192";
/// How long a broker may take to answer.
const ANSWER: Duration = Duration::from_secs(3);
/// How long the embedded broker holds a fetch back, in milliseconds: what people look at may come a little later than what
/// triggers wait for.
const FETCH_WAIT: &str = "50";
/// librdkafka reads for groups only; nobody joins this one, and nothing is committed for it.
const GROUP: &str = "emulator-record-streams";

/// Opens streams of records.
pub struct RecordStreams {
    broker: Broker,
    free: Arc<Semaphore>,
    buffer: usize,
    stop: CancellationToken,
}

/// Where a stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamStart {
    /// With the next record of each partition.
    Now,
    /// With the oldest record that the broker has.
    Beginning,
}

/// What a stream tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordEvent {
    /// A record, as JSON.
    Record(String),
    /// So many records since the last event are left out: the client is too slow, or the broker has dropped them before they were
    /// read.
    Dropped(u64),
}

/// Why there is no stream.
#[derive(Debug, thiserror::Error)]
pub enum RecordStreamError {
    /// The template declares no such topic.
    #[error("there is no such topic")]
    NoTopic,
    /// All are taken.
    #[error("{STREAMS} streams are open, which is the limit: close one of them")]
    TooMany,
    /// The emulator is stopping.
    #[error("the emulator is stopping")]
    Stopping,
    /// The Kafka client failed.
    #[error(transparent)]
    Kafka(#[from] KafkaError),
}

impl RecordStreams {
    /// Streams of a broker's topics, until `stop`.
    #[must_use]
    pub fn new(broker: &Broker, stop: CancellationToken) -> Self {
        Self {
            broker: broker.clone(),
            free: Arc::new(Semaphore::new(STREAMS)),
            buffer: BUFFER,
            stop,
        }
    }

    /// Opens a stream of all partitions of a topic. Every record that is produced from now on will be in it, or counted as dropped.
    /// It ends when it is dropped.
    ///
    /// # Errors
    /// When there is no such topic, too many streams are open, or the broker does not answer.
    pub async fn open(
        &self,
        topic: &str,
        start: StreamStart,
    ) -> Result<RecordStream, RecordStreamError> {
        let topics = self.broker.topics().into_iter();
        let mut found = topics.filter(|declared| declared.name == topic);
        let topic = found.next().ok_or(RecordStreamError::NoTopic)?;
        let place = Arc::clone(&self.free).try_acquire_owned();
        let place = place.map_err(|_| RecordStreamError::TooMany)?;
        if self.stop.is_cancelled() {
            return Err(RecordStreamError::Stopping);
        }
        let broker = self.broker.clone();
        let reader = tokio::task::spawn_blocking(move || Reader::start(&broker, topic, start));
        let reader = reader
            .await
            .map_err(|error| KafkaError::Thread(error.into()))??;
        let (buffer, received) = buffer::new(self.buffer, reader.ends.clone());
        tokio::spawn(reader.run(buffer, self.stop.clone()));
        Ok(RecordStream {
            received,
            _place: place,
        })
    }
}

/// The records of a topic, from all its partitions.
pub struct RecordStream {
    received: Received,
    _place: OwnedSemaphorePermit,
}

impl Stream for RecordStream {
    type Item = RecordEvent;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<RecordEvent>> {
        self.received.poll(context)
    }
}

struct Reader {
    consumer: StreamConsumer,
    topic: String,
    /// Where the partitions ended when the stream began.
    ends: Vec<i64>,
    /// The next offset of each partition, where the broker gives every offset to a record.
    next: Option<Vec<i64>>,
}

impl Reader {
    /// Blocks.
    fn start(broker: &Broker, topic: Topic, start: StreamStart) -> Result<Self, KafkaError> {
        let mut config = client::consumer_config(broker);
        config
            .set("group.id", GROUP)
            .set("queued.max.messages.kbytes", READ_AHEAD);
        if broker.is_embedded() {
            config.set("fetch.wait.max.ms", FETCH_WAIT);
        }
        let consumer: StreamConsumer = config.create().map_err(KafkaError::Client)?;
        let assigned = assign(&consumer, &topic, start);
        let (starts, ends) = assigned.map_err(|source| KafkaError::Records {
            topic: topic.name.clone(),
            source,
        })?;
        Ok(Self {
            consumer,
            topic: topic.name,
            ends,
            // On others, transactions and compaction leave gaps.
            next: broker.is_embedded().then_some(starts),
        })
    }

    /// Reads until the client leaves or the emulator stops.
    async fn run(mut self, mut buffer: Buffer, stop: CancellationToken) {
        let left = buffer.left();
        tokio::select! {
            () = stop.cancelled() => {}
            () = left => {}
            () = read(&self.consumer, &self.topic, &mut self.next, &mut buffer) => {}
        }
        drop(buffer);
        // Closing it takes a moment.
        let closing = tokio::task::spawn_blocking(move || drop(self.consumer));
        if let Err(error) = closing.await {
            warn!(%error, "BUG: the consumer of a record stream was not closed");
        }
    }
}

/// From these offsets on; returns them and those at which the partitions end.
fn assign(
    consumer: &StreamConsumer,
    topic: &Topic,
    start: StreamStart,
) -> KafkaResult<(Vec<i64>, Vec<i64>)> {
    let partitions = 0..topic.partitions;
    let watermarks =
        partitions.map(|partition| consumer.fetch_watermarks(&topic.name, partition, ANSWER));
    let (lows, ends): (Vec<_>, Vec<_>) = watermarks
        .collect::<KafkaResult<Vec<_>>>()?
        .into_iter()
        .unzip();
    let starts = match start {
        StreamStart::Now => ends.clone(),
        StreamStart::Beginning => lows,
    };
    consumer.assign(&client::list(
        &topic.name,
        (0..).zip(starts.iter().copied()),
    )?)?;
    Ok((starts, ends))
}

async fn read(
    consumer: &StreamConsumer,
    topic: &str,
    next: &mut Option<Vec<i64>>,
    buffer: &mut Buffer,
) {
    loop {
        let record = tokio::select! {
            biased;
            () = buffer.tell_dropped() => continue,
            record = consumer.recv() => record,
        };
        match record {
            Ok(record) => {
                if let Some(next) = next {
                    buffer.count_dropped(missing(next, &record));
                }
                buffer.push(&record).await;
            }
            // It goes on by itself once the broker answers.
            Err(error) => debug!(topic, %error, "a stream of records was interrupted"),
        }
        tokio::task::coop::consume_budget().await;
    }
}

/// The records that the broker has dropped before this one was read.
fn missing(next: &mut [i64], record: &BorrowedMessage<'_>) -> u64 {
    let Some(next) = next.get_mut(record.partition() as usize) else {
        return 0;
    };
    let missing = u64::try_from(record.offset() - *next).unwrap_or(0);
    *next = record.offset() + 1;
    missing
}
