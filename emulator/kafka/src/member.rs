//! One consumer of a trigger, from one rebalance to the next.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::status::ConsumerStatus;

/// A member of the trigger's group: what it was assigned, and how it fares.
#[derive(Debug)]
pub(crate) struct Member {
    /// The partitions that it reads, and no other member of its generation.
    pub partitions: Vec<i32>,
    /// Counts the rebalances before it. Offsets of an older generation are not committed.
    pub generation: u64,
    /// Cancelled when the trigger stops, or when the partitions are taken from it.
    pub leaving: CancellationToken,
    buffered: AtomicUsize,
    in_flight: AtomicUsize,
    last_error: Mutex<Option<String>>,
}

impl Member {
    pub fn new(partitions: Vec<i32>, generation: u64, leaving: CancellationToken) -> Self {
        Self {
            partitions,
            generation,
            leaving,
            buffered: AtomicUsize::default(),
            in_flight: AtomicUsize::default(),
            last_error: Mutex::default(),
        }
    }

    /// So many records were read for the next batch.
    pub fn buffered(&self, records: usize) {
        self.buffered.store(records, Ordering::Relaxed);
    }

    /// A batch of so many records is being delivered; zero when none is.
    pub fn in_flight(&self, records: usize) {
        self.in_flight.store(records, Ordering::Relaxed);
    }

    /// Why its last invocation failed or its poller panicked, until a batch is delivered.
    pub fn set_error(&self, error: Option<String>) {
        *self.last_error() = error;
    }

    pub fn status(&self) -> ConsumerStatus {
        ConsumerStatus {
            partitions: self.partitions.clone(),
            buffered: self.buffered.load(Ordering::Relaxed),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            last_error: self.last_error().clone(),
        }
    }

    fn last_error(&self) -> MutexGuard<'_, Option<String>> {
        self.last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
