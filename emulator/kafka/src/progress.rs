//! A trigger's positions, counts and last error.

use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use emulator_template::model::KafkaTrigger;

use crate::batch::Batch;
use crate::position::Start;
use crate::status::{TopicStatus, TriggerStatus};

/// Counts of one trigger, shared by its thread, its deliveries and the status page.
#[derive(Debug)]
pub(crate) struct TriggerProgress {
    positions: Vec<AtomicI64>,
    batches: AtomicU64,
    records: AtomicU64,
    failures: AtomicU64,
    lost: AtomicU64,
    buffered: AtomicUsize,
    abandoned: AtomicU64,
    restarts: AtomicU64,
    last_error: Mutex<Option<String>>,
}

impl TriggerProgress {
    pub fn new(start: &Start) -> Self {
        Self {
            positions: start.offsets.iter().copied().map(AtomicI64::new).collect(),
            batches: AtomicU64::default(),
            records: AtomicU64::default(),
            failures: AtomicU64::default(),
            lost: AtomicU64::new(start.lost),
            buffered: AtomicUsize::default(),
            abandoned: AtomicU64::default(),
            restarts: AtomicU64::default(),
            last_error: Mutex::default(),
        }
    }

    pub fn delivered(&self, batch: &Batch) {
        self.advance(batch);
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.records
            .fetch_add(batch.records as u64, Ordering::Relaxed);
        self.set_error(None);
    }

    pub fn abandoned(&self, batch: &Batch) {
        self.advance(batch);
        self.abandoned
            .fetch_add(batch.records as u64, Ordering::Relaxed);
    }

    pub fn failed(&self, error: String) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        self.set_error(Some(error));
    }

    /// The trigger's thread, or a delivery, panicked: reading begins again.
    pub fn restarted(&self, reason: String) {
        self.buffered(0);
        self.set_error(Some(reason));
        self.restarts.fetch_add(1, Ordering::Relaxed);
    }

    pub fn lost(&self, records: u64) {
        self.lost.fetch_add(records, Ordering::Relaxed);
    }

    pub fn buffered(&self, records: usize) {
        self.buffered.store(records, Ordering::Relaxed);
    }

    /// Next offset to be delivered, by partition.
    pub fn positions(&self) -> Vec<i64> {
        self.positions
            .iter()
            .map(|position| position.load(Ordering::Relaxed))
            .collect()
    }

    pub fn status(&self, trigger: &KafkaTrigger, topic: Option<&TopicStatus>) -> TriggerStatus {
        let position = self.positions();
        let partitions = topic
            .map(|topic| topic.partitions.as_slice())
            .unwrap_or_default();
        let lag = partitions
            .iter()
            .zip(&position)
            .map(|(p, next)| (p.high - next).max(0))
            .sum();
        TriggerStatus {
            id: trigger.id.clone(),
            function: trigger.function.clone(),
            topic: trigger.topic.clone(),
            group: trigger.group.clone(),
            position,
            lag,
            batches: self.batches.load(Ordering::Relaxed),
            records: self.records.load(Ordering::Relaxed),
            buffered: self.buffered.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            lost: self.lost.load(Ordering::Relaxed),
            abandoned: self.abandoned.load(Ordering::Relaxed),
            restarts: self.restarts.load(Ordering::Relaxed),
            last_error: self
                .last_error
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        }
    }

    fn advance(&self, batch: &Batch) {
        for span in &batch.spans {
            let position = &self.positions[span.partition as usize];
            position.store(span.last_offset + 1, Ordering::Relaxed);
        }
    }

    fn set_error(&self, error: Option<String>) {
        *self
            .last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = error;
    }
}
