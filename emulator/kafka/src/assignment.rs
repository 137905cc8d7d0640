//! Which consumer of a trigger reads which partitions.

use std::num::NonZeroU32;

#[cfg(test)]
mod tests;

/// How many consumers a trigger has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConsumerLimit {
    /// One for each partition of its topic: what AWS scales a busy trigger up to.
    #[default]
    OnePerPartition,
    /// So many, and never more than partitions.
    AtMost(NonZeroU32),
}

impl ConsumerLimit {
    /// The consumers of a topic with so many partitions.
    pub(crate) fn of(self, partitions: usize) -> usize {
        match self {
            Self::OnePerPartition => partitions,
            Self::AtMost(limit) => {
                usize::try_from(limit.get()).map_or(partitions, |limit| limit.min(partitions))
            }
        }
    }
}

/// The partitions of each consumer: neighbours, as many for each as for the others or one more (Kafka's range assignor).
pub(crate) fn ranges(partitions: usize, consumers: usize) -> Vec<Vec<i32>> {
    let start = |consumer: usize| (consumer * partitions / consumers) as i32;
    (0..consumers)
        .map(|consumer| (start(consumer)..start(consumer + 1)).collect())
        .collect()
}
