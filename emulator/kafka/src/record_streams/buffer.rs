//! What a stream holds for its client. What was there when the stream began waits for room, since the broker keeps it; what comes
//! later and finds none is dropped and counted, so that a slow client sees what is new.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rdkafka::Message;
use rdkafka::message::BorrowedMessage;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::RecordEvent;
use super::json;

/// What a count of dropped records takes, and each record beside its text.
const OVERHEAD: usize = 64;

/// An event, and the room that it takes until the client has it.
struct Buffered {
    event: RecordEvent,
    _room: OwnedSemaphorePermit,
}

/// The reader's end.
pub(super) struct Buffer {
    events: mpsc::UnboundedSender<Buffered>,
    /// In bytes.
    room: Arc<Semaphore>,
    bytes: usize,
    ends: Vec<i64>,
    dropped: u64,
}

/// The client's end.
pub(super) struct Received(mpsc::UnboundedReceiver<Buffered>);

/// A buffer of so many bytes for a topic whose partitions end at these offsets.
pub(super) fn new(bytes: usize, ends: Vec<i64>) -> (Buffer, Received) {
    let (events, received) = mpsc::unbounded_channel();
    let buffer = Buffer {
        events,
        room: Arc::new(Semaphore::new(bytes)),
        bytes,
        ends,
        dropped: 0,
    };
    (buffer, Received(received))
}

impl Buffer {
    /// Waits until the client has left.
    pub fn left(&self) -> impl Future<Output = ()> + use<> {
        let events = self.events.clone();
        async move { events.closed().await }
    }

    pub fn count_dropped(&mut self, records: u64) {
        self.dropped += records;
    }

    /// Waits until there are dropped records, and room to tell of them.
    pub async fn tell_dropped(&mut self) {
        if self.dropped == 0 {
            std::future::pending::<()>().await;
        }
        let room = Arc::clone(&self.room).acquire_many_owned(self.permits(0));
        let room = room.await.expect("BUG: the semaphore is never closed");
        self.send_dropped(room);
    }

    /// Adds a record, or drops it where there is no room.
    pub async fn push(&mut self, record: &BorrowedMessage<'_>) {
        let end = self.ends.get(record.partition() as usize).copied();
        let is_old = end.is_some_and(|end| record.offset() < end);
        if is_old {
            if self.dropped > 0 {
                self.tell_dropped().await;
            }
            let text = json::encode(record);
            let room = Arc::clone(&self.room).acquire_many_owned(self.permits(text.len()));
            let room = room.await.expect("BUG: the semaphore is never closed");
            self.send(RecordEvent::Record(text), room);
            return;
        }
        if self.dropped > 0 {
            match self.room_for(0) {
                Some(room) => self.send_dropped(room),
                None => return self.count_dropped(1),
            }
        }
        let text = json::encode(record);
        match self.room_for(text.len()) {
            Some(room) => self.send(RecordEvent::Record(text), room),
            None => self.count_dropped(1),
        }
    }

    fn room_for(&self, text: usize) -> Option<OwnedSemaphorePermit> {
        let permits = self.permits(text);
        Arc::clone(&self.room).try_acquire_many_owned(permits).ok()
    }

    /// A text that is larger than the buffer takes all of it.
    fn permits(&self, text: usize) -> u32 {
        let bytes = (text + OVERHEAD).min(self.bytes);
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }

    fn send_dropped(&mut self, room: OwnedSemaphorePermit) {
        let dropped = std::mem::take(&mut self.dropped);
        self.send(RecordEvent::Dropped(dropped), room);
    }

    fn send(&self, event: RecordEvent, room: OwnedSemaphorePermit) {
        let buffered = Buffered { event, _room: room };
        if self.events.send(buffered).is_err() {
            tracing::trace!("the client of a record stream has left");
        }
    }
}

impl Received {
    pub fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<RecordEvent>> {
        let buffered = ready!(self.0.poll_recv(context));
        Poll::Ready(buffered.map(|buffered| buffered.event))
    }
}
