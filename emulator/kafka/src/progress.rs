//! A trigger's positions and counts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use emulator_template::model::KafkaTrigger;

use crate::batch::Batch;
use crate::position::Start;
use crate::status::{ConsumerStatus, TopicStatus, TriggerStatus};

/// What all consumers of one trigger have reached, shared by their threads, their deliveries and the status page.
#[derive(Debug)]
pub(crate) struct TriggerProgress {
    group: Mutex<Group>,
    batches: AtomicU64,
    records: AtomicU64,
    failures: AtomicU64,
    lost: AtomicU64,
    abandoned: AtomicU64,
    restarts: AtomicU64,
    fenced: AtomicU64,
}

/// The group's committed offsets, and which members may move them.
#[derive(Debug)]
struct Group {
    generation: u64,
    /// Next offset to be delivered, by partition.
    positions: Vec<i64>,
}

impl TriggerProgress {
    pub fn new(start: Start) -> Self {
        Self {
            group: Mutex::new(Group {
                generation: 0,
                positions: start.offsets,
            }),
            batches: AtomicU64::default(),
            records: AtomicU64::default(),
            failures: AtomicU64::default(),
            lost: AtomicU64::new(start.lost),
            abandoned: AtomicU64::default(),
            restarts: AtomicU64::default(),
            fenced: AtomicU64::default(),
        }
    }

    /// A batch was delivered by a member of this generation. Its offsets are committed, unless its partitions were
    /// reassigned meanwhile: then it comes again, or has done so, and this is false.
    pub fn delivered(&self, generation: u64, batch: &Batch, commit: impl FnOnce()) -> bool {
        if !self.settle(generation, batch, commit) {
            self.fenced.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.records
            .fetch_add(batch.records as u64, Ordering::Relaxed);
        true
    }

    /// A batch is given up; as [`delivered`](Self::delivered).
    pub fn abandoned(&self, generation: u64, batch: &Batch, commit: impl FnOnce()) {
        if self.settle(generation, batch, commit) {
            self.abandoned
                .fetch_add(batch.records as u64, Ordering::Relaxed);
        }
    }

    pub fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// A consumer's thread, or a delivery, panicked: reading begins again.
    pub fn restarted(&self) {
        self.restarts.fetch_add(1, Ordering::Relaxed);
    }

    pub fn lost(&self, records: u64) {
        self.lost.fetch_add(records, Ordering::Relaxed);
    }

    /// Next offset to be delivered, by partition: what was committed.
    pub fn positions(&self) -> Vec<i64> {
        self.group().positions.clone()
    }

    /// Whether members of this generation still have their partitions.
    pub fn is_current(&self, generation: u64) -> bool {
        self.group().generation == generation
    }

    /// Takes all partitions from their members. The generation of those that come, and where they begin: where the group has got to,
    /// or at these offsets, none of which is later.
    pub fn rebalance(&self, rewound: Option<&[i64]>) -> (u64, Vec<i64>) {
        let mut group = self.group();
        group.generation += 1;
        for (position, rewound) in group.positions.iter_mut().zip(rewound.unwrap_or_default()) {
            *position = (*position).min(*rewound);
        }
        (group.generation, group.positions.clone())
    }

    pub fn status(
        &self,
        trigger: &KafkaTrigger,
        topic: Option<&TopicStatus>,
        consumers: Vec<ConsumerStatus>,
    ) -> TriggerStatus {
        let (generation, position) = {
            let group = self.group();
            (group.generation, group.positions.clone())
        };
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
            buffered: consumers.iter().map(|consumer| consumer.buffered).sum(),
            failures: self.failures.load(Ordering::Relaxed),
            lost: self.lost.load(Ordering::Relaxed),
            abandoned: self.abandoned.load(Ordering::Relaxed),
            restarts: self.restarts.load(Ordering::Relaxed),
            // The first generation came by no rebalance.
            rebalances: generation.saturating_sub(1),
            fenced: self.fenced.load(Ordering::Relaxed),
            last_error: consumers
                .iter()
                .find_map(|consumer| consumer.last_error.clone()),
            consumers,
        }
    }

    /// Moves the positions behind a batch and commits them as one step: no rebalance comes in between.
    fn settle(&self, generation: u64, batch: &Batch, commit: impl FnOnce()) -> bool {
        let mut group = self.group();
        if group.generation != generation {
            return false;
        }
        for span in &batch.spans {
            group.positions[span.partition as usize] = span.last_offset + 1;
        }
        commit();
        true
    }

    fn group(&self) -> MutexGuard<'_, Group> {
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
