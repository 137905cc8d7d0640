//! The records of one consumer's partitions. The consumers of a trigger share one Kafka client, whose fetches cover all their
//! partitions: what is fetched of each waits in a queue of its own until its consumer takes it, and a consumer that is slow
//! doesn't hold up the others.

use std::cell::Cell;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::error::KafkaResult;
use rdkafka::message::BorrowedMessage;

use crate::client::{self, CommitLog, TriggerClient};

/// The queues of some partitions, read by one thread.
pub(crate) struct Inbox {
    client: Arc<TriggerClient>,
    queues: Vec<PartitionQueue<CommitLog>>,
    /// The queue that is read next.
    turn: Cell<usize>,
}

impl Inbox {
    /// For the calling thread, which is unparked when a queue that was empty gets a record.
    pub fn open(client: &Arc<TriggerClient>, topic: &str, partitions: &[i32]) -> Self {
        let queues = partitions.iter().map(|partition| {
            let mut queue = client::split_queue(client, topic, *partition);
            let reader = thread::current();
            queue.set_nonempty_callback(move || reader.unpark());
            queue
        });
        Self {
            client: Arc::clone(client),
            queues: queues.collect(),
            turn: Cell::default(),
        }
    }

    /// A record, or what went wrong with the client. `None` if nothing came in this time, or if the thread was unparked.
    pub fn poll(&self, patience: Duration) -> Option<KafkaResult<BorrowedMessage<'_>>> {
        let next = self.next();
        if next.is_some() || patience.is_zero() {
            return next;
        }
        thread::park_timeout(patience);
        self.next()
    }

    /// Lets the next partition begin: none can fill batch after batch while others wait.
    pub fn end_turn(&self) {
        self.turn.set((self.turn.get() + 1) % self.queues.len());
    }

    fn next(&self) -> Option<KafkaResult<BorrowedMessage<'_>>> {
        for _ in &self.queues {
            let record = self.queues[self.turn.get()].poll(Duration::ZERO);
            if record.is_some() {
                return record;
            }
            self.end_turn();
        }
        // What became of commits is told here, and that brokers went away.
        self.client.poll(Duration::ZERO)
    }
}
