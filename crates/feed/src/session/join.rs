//! Where the past of a subscription meets its live ticks: pure arithmetic.

use domain::Tick;

use crate::event::Replay;
use crate::limits::{
    JOIN_GUARD_MS, JOIN_LEAD_AT_MOST_MS, JOIN_LEAD_FOR_STORE_MS, JOIN_LEAD_MS,
    JOIN_LEAD_PER_FRAME_MS, JOIN_LEAD_PER_SHARD_MS, PRICES_PER_FRAME, REPLAY_PRICES,
    REPLAY_RESULTS, REPLAY_SUMMARIES, REPLAY_SUMMARY_PRICES, REPLAY_TICKS,
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
    /// What storing took lately.
    pub(super) storing_ms: u64,
}

impl JoinTerms {
    /// Decides where to join when it is `now_ms`. `attempt` counts from 0: each one doubles the lead.
    pub(super) fn join(&self, now_ms: u64, attempt: u32) -> Result<Join, Refusal> {
        let current = Tick::at_ms(now_ms);
        if let Some(since) = self.since.filter(|since| *since > current) {
            return Err(Refusal::InvalidSubscription(format!(
                "since is {since}, but the current tick is {current}: name the last tick that you have"
            )));
        }
        let lead_ms = (self.lead_ms(current) << attempt.min(6)).min(JOIN_LEAD_AT_MOST_MS);
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
        let storing_ms = self.storing_ms.min(JOIN_LEAD_FOR_STORE_MS);
        JOIN_LEAD_MS
            + frames * JOIN_LEAD_PER_FRAME_MS
            + shards * JOIN_LEAD_PER_SHARD_MS
            + storing_ms
    }
}

impl Join {
    /// Whether a subscription that is stored by `now_ms` misses no tick: the fan-out of the first live
    /// tick begins to look for its audience no sooner than that tick.
    pub(super) fn is_in_time(&self, now_ms: u64) -> bool {
        now_ms + JOIN_GUARD_MS <= self.live_from.starts_at_ms()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Tick = Tick(353_445_120);

    fn terms(since: Option<u64>, every: u32, users: usize) -> JoinTerms {
        let since = since.map(|ago| NOW.minus(ago));
        JoinTerms {
            since,
            every,
            horizon: Horizon::of_prices(users),
            shards: 1,
            storing_ms: 0,
        }
    }

    fn at(offset_ms: u64) -> u64 {
        NOW.starts_at_ms() + offset_ms
    }

    #[test]
    fn goes_live_at_the_next_tick_that_leaves_half_a_second() {
        for (offset, ticks) in [(0, 1), (1, 1), (4_500, 1), (4_501, 2), (4_999, 2)] {
            let join = terms(None, 1, 1).join(at(offset), 0).unwrap();
            assert_eq!(
                join,
                Join {
                    live_from: NOW.plus(ticks),
                    replay: None
                },
                "{offset}"
            );
        }
    }

    #[test]
    fn many_shards_long_replays_and_second_attempts_go_live_later() {
        let many = JoinTerms {
            shards: 64,
            ..terms(None, 1, 100)
        };
        assert_eq!(many.join(at(3_900), 0).unwrap().live_from, NOW.plus(2));
        assert_eq!(
            terms(None, 1, 100).join(at(3_900), 0).unwrap().live_from,
            NOW.plus(1)
        );
        let long = terms(Some(500), 1, 100);
        assert_eq!(long.join(at(1_000), 0).unwrap().live_from, NOW.plus(2));
        assert_eq!(
            terms(None, 1, 1).join(at(4_200), 1).unwrap().live_from,
            NOW.plus(2)
        );
    }

    #[test]
    fn a_slow_store_gets_more_time_up_to_a_limit() {
        for (storing_ms, ticks) in [(400, 1), (600, 2), (60_000, 2)] {
            let slow = JoinTerms {
                storing_ms,
                ..terms(None, 1, 1)
            };
            assert_eq!(slow.join(at(4_000), 0).unwrap().live_from, NOW.plus(ticks));
        }
    }

    #[test]
    fn whatever_it_takes_the_subscription_goes_live_while_the_client_waits() {
        let slow = JoinTerms {
            storing_ms: 60_000,
            shards: 64,
            ..terms(Some(1_000_000), 1, 100)
        };
        for attempt in 0..9 {
            let live_from = slow.join(at(0), attempt).unwrap().live_from;
            assert!(live_from <= NOW.plus(3), "{attempt}: {live_from}");
        }
    }

    #[test]
    fn replays_what_follows_since() {
        let join = terms(Some(3), 1, 1).join(at(0), 0).unwrap();
        let replay = Replay {
            from: NOW.minus(2),
            to: NOW,
            complete: true,
        };
        assert_eq!(join.replay, Some(replay));
    }

    #[test]
    fn a_client_that_missed_nothing_gets_an_empty_complete_replay() {
        let join = terms(Some(0), 1, 1).join(at(0), 0).unwrap();
        let replay = Replay {
            from: NOW.next(),
            to: NOW,
            complete: true,
        };
        assert_eq!(join.replay, Some(replay));
    }

    #[test]
    fn the_newest_ticks_within_the_horizon_are_replayed() {
        for (every, users, reach) in [
            (1, 1, 17_280),
            (1, 100, 500),
            (12, 100, 6_000),
            (720, 100, 17_280),
        ] {
            let join = terms(Some(100_000), every, users).join(at(0), 0).unwrap();
            let replay = join.replay.unwrap();
            assert_eq!(
                join.live_from.get() - replay.from.get(),
                reach,
                "{every} {users}"
            );
            assert!(!replay.complete);
            // Just enough is complete.
            let since = replay.from.previous();
            let terms = JoinTerms {
                since: Some(since),
                ..terms(None, every, users)
            };
            assert!(terms.join(at(0), 0).unwrap().replay.unwrap().complete);
        }
    }

    #[test]
    fn nothing_at_all_can_be_replayed_of_a_market_that_is_too_large() {
        let terms = JoinTerms {
            horizon: Horizon::nothing(),
            ..terms(Some(5), 1, 1)
        };
        let replay = terms.join(at(0), 0).unwrap().replay.unwrap();
        assert_eq!(
            replay,
            Replay {
                from: NOW.next(),
                to: NOW,
                complete: false
            }
        );
    }

    #[test]
    fn since_can_not_lie_in_the_future() {
        let refusal = JoinTerms {
            since: Some(NOW.next()),
            ..terms(None, 1, 1)
        }
        .join(at(4_999), 0);
        assert!(
            matches!(refusal, Err(Refusal::InvalidSubscription(_))),
            "{refusal:?}"
        );
    }

    #[test]
    fn stored_in_time_means_before_the_guard() {
        let join = Join {
            live_from: NOW,
            replay: None,
        };
        assert!(join.is_in_time(NOW.starts_at_ms() - 100));
        assert!(!join.is_in_time(NOW.starts_at_ms() - 99));
    }
}
