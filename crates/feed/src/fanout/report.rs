use std::time::Duration;

use domain::Tick;

use super::post::PostOutcome;
use crate::error::Causes;
use crate::execution::End;

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FanoutReport {
    /// Records in the batch.
    pub records: usize,
    /// Connections that the batch held something for.
    pub connections: usize,
    /// Frames that were sent.
    pub posts: usize,
    /// Bytes of these frames.
    pub bytes: usize,
    /// Operations that were executed, once for each event.
    pub executions: usize,
    /// Raw feeds and subscriptions to operations that needed more than one try.
    pub retried: usize,
    /// Connections that turned out to be gone.
    pub gone: usize,
    /// Raw feeds and subscriptions to operations that lost frames because their connection, or the account, was
    /// throttled.
    pub throttled: usize,
    /// Raw feeds and subscriptions to operations that lost frames for another reason.
    pub failed: usize,
    /// One of these reasons, with its causes.
    pub failure: Option<String>,
    /// Subscriptions to operations that ended because their token has expired.
    pub expired: usize,
    /// Subscriptions that ended because their operation can't be executed.
    pub impossible: usize,
    /// Subscriptions that ended because their operation is not stored.
    pub lost: usize,
    /// Records left out because the same or a newer one of their user had been sent.
    pub repeated: usize,
    /// The tick from which clients may resume that have got the batch, if that is known.
    pub resume: Option<Tick>,
    /// Shards of the audience that had changed and were read.
    pub shard_reads: usize,
    /// From the boundary of the batch's newest tick until the batch arrived.
    pub lateness: Duration,
    /// What making sure of the audience took.
    pub audience_took: Duration,
    /// What the posts took.
    pub posting_took: Duration,
    /// What all of it took.
    pub took: Duration,
}

impl FanoutReport {
    pub(super) fn new(records: usize, newest: Tick, now_ms: u64) -> Self {
        let lateness = Duration::from_millis(now_ms.saturating_sub(newest.starts_at_ms()));
        Self {
            records,
            lateness,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, outcome: &PostOutcome) {
        self.posts += outcome.posts;
        self.bytes += outcome.bytes;
        self.retried += outcome.retried;
        self.gone += outcome.gone.len();
        self.throttled += outcome.throttled;
        self.failed += outcome.failed;
        for (_, end) in &outcome.ended {
            match end {
                End::Expired => self.expired += 1,
                End::Impossible(_) => self.impossible += 1,
                End::Lost => self.lost += 1,
            }
        }
        self.failure = outcome
            .failure
            .as_ref()
            .map(|error| Causes(error).to_string());
    }
}
