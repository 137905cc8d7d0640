//! Where the past of a subscription meets its live ticks: pure arithmetic.

use domain::Tick;

use crate::event::Replay;
use crate::limits::{
    JOIN_ACK_MS, JOIN_GUARD_MS, JOIN_LEAD_AT_MOST_MS, JOIN_LEAD_MS, JOIN_LEAD_PER_FRAME_MS,
    JOIN_LEAD_PER_SHARD_MS, PRICES_PER_FRAME, REPLAY_PRICES, REPLAY_RESULTS, REPLAY_SUMMARIES,
    REPLAY_SUMMARY_PRICES, REPLAY_TICKS,
};
use crate::refusal::Refusal;

/// How much of the past a replay may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Horizon {
    /// How far back it reaches, in ticks.
    ticks: u64,
    /// How many ticks it holds.
    matching: u64,
    /// What one tick weighs, in prices on the wire.
    weight: u64,
}

/// A market summary on the wire is as long as some fifty prices.
const SUMMARY_WEIGHT: u64 = 50;

/// A result in a message of its own takes a fifth of the time of a full frame.
const RESULT_WEIGHT: u64 = PRICES_PER_FRAME / 5;

impl Horizon {
    /// The horizon of a replay of the prices of this many users.
    pub(super) fn of_prices(users: usize) -> Self {
        let weight = (users as u64).max(1);
        Self {
            ticks: REPLAY_TICKS,
            matching: REPLAY_PRICES / weight,
            weight,
        }
    }

    /// The horizon of a replay of summaries of a market of this many users.
    pub(super) fn of_summaries(users: usize) -> Self {
        let matching = REPLAY_SUMMARY_PRICES / (users as u64).max(1);
        Self {
            ticks: REPLAY_SUMMARIES,
            matching,
            weight: SUMMARY_WEIGHT,
        }
    }

    /// The horizon of a replay that can't be computed.
    pub(super) const fn nothing() -> Self {
        Self {
            ticks: 0,
            matching: 0,
            weight: 1,
        }
    }

    /// The horizon of the same replay to an operation, which has a message of its own for each tick.
    pub(super) fn of_operation(self) -> Self {
        Self {
            ticks: self.ticks,
            matching: self.matching.min(REPLAY_RESULTS),
            weight: self.weight.max(RESULT_WEIGHT),
        }
    }

    /// The most ticks that a replay of every `every`th tick covers.
    fn reach(self, every: u32) -> u64 {
        self.ticks
            .min(self.matching.saturating_mul(u64::from(every)))
    }
}

/// Where a subscription goes live, and what is replayed before that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Join {
    pub(super) live_from: Tick,
    pub(super) replay: Option<Replay>,
}

/// How a client wants to join, and what that costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct JoinTerms {
    pub(super) since: Option<Tick>,
    pub(super) every: u32,
    pub(super) horizon: Horizon,
    /// How many shards the subscription is stored in.
    pub(super) shards: usize,
    /// What storing takes at present.
    pub(super) storing_ms: u64,
}

impl JoinTerms {
    /// Decides where to join when it is `now_ms`.
    pub(super) fn join(&self, now_ms: u64) -> Result<Join, Refusal> {
        let current = Tick::at_ms(now_ms);
        if let Some(since) = self.since.filter(|since| *since > current) {
            return Err(Refusal::InvalidSubscription(format!(
                "since is {since}, but the current tick is {current}: name the last tick that you have"
            )));
        }
        let lead_ms = self.lead_ms(current).min(JOIN_LEAD_AT_MOST_MS);
        let live_from = Tick((now_ms + lead_ms).div_ceil(Tick::PERIOD_MS));
        let replay = self.since.map(|since| self.replay(since, live_from));
        Ok(Join { live_from, replay })
    }

    fn replay(&self, since: Tick, live_from: Tick) -> Replay {
        let reach = self.horizon.reach(self.every);
        let from = since.next().max(live_from.minus(reach));
        Replay {
            from,
            to: live_from.previous(),
            complete: from == since.next(),
        }
    }

    fn lead_ms(&self, current: Tick) -> u64 {
        let missed = self.since.map_or(0, |since| {
            (current.get() - since.get()).min(self.horizon.reach(self.every))
                / u64::from(self.every)
        });
        let frames = missed.saturating_mul(self.horizon.weight) / PRICES_PER_FRAME;
        let shards = self.shards.saturating_sub(1) as u64;
        JOIN_LEAD_MS
            + frames * JOIN_LEAD_PER_FRAME_MS
            + shards * JOIN_LEAD_PER_SHARD_MS
            + self.storing_ms
    }
}

impl Join {
    /// The latest instant, in Unix milliseconds, at which the subscription is acknowledged.
    pub(super) fn ack_by_ms(&self) -> u64 {
        self.live_from.starts_at_ms().saturating_sub(JOIN_ACK_MS)
    }

    /// Whether a subscription that is entered in the audience by `now_ms` misses no tick: the fan-out of the first live
    /// tick begins to look for its audience no sooner than that tick.
    pub(super) fn is_in_time(&self, now_ms: u64) -> bool {
        now_ms + JOIN_GUARD_MS <= self.live_from.starts_at_ms()
    }
}

#[cfg(test)]
mod tests;
