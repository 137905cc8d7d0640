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
        let join = terms(None, 1, 1).join(at(offset)).unwrap();
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
fn many_shards_and_long_replays_go_live_later() {
    let many = JoinTerms {
        shards: 64,
        ..terms(None, 1, 100)
    };
    assert_eq!(many.join(at(3_900)).unwrap().live_from, NOW.plus(2));
    assert_eq!(
        terms(None, 1, 100).join(at(3_900)).unwrap().live_from,
        NOW.plus(1)
    );
    let long = terms(Some(500), 1, 100);
    assert_eq!(long.join(at(1_000)).unwrap().live_from, NOW.plus(2));
}

#[test]
fn a_slow_store_gets_more_time() {
    for (storing_ms, ticks) in [(400, 1), (600, 2), (6_000, 3)] {
        let slow = JoinTerms {
            storing_ms,
            ..terms(None, 1, 1)
        };
        assert_eq!(slow.join(at(4_000)).unwrap().live_from, NOW.plus(ticks));
    }
}

#[test]
fn whatever_it_takes_the_subscription_goes_live_while_the_client_waits() {
    let slow = JoinTerms {
        storing_ms: 60_000,
        shards: 64,
        ..terms(Some(1_000_000), 1, 100)
    };
    assert_eq!(slow.join(at(0)).unwrap().live_from, NOW.plus(3));
}

#[test]
fn replays_what_follows_since() {
    let join = terms(Some(3), 1, 1).join(at(0)).unwrap();
    let replay = Replay {
        from: NOW.minus(2),
        to: NOW,
        complete: true,
    };
    assert_eq!(join.replay, Some(replay));
}

#[test]
fn a_client_that_missed_nothing_gets_an_empty_complete_replay() {
    let join = terms(Some(0), 1, 1).join(at(0)).unwrap();
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
        let join = terms(Some(100_000), every, users).join(at(0)).unwrap();
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
        assert!(terms.join(at(0)).unwrap().replay.unwrap().complete);
    }
}

#[test]
fn nothing_at_all_can_be_replayed_of_a_market_that_is_too_large() {
    let terms = JoinTerms {
        horizon: Horizon::nothing(),
        ..terms(Some(5), 1, 1)
    };
    let replay = terms.join(at(0)).unwrap().replay.unwrap();
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
    .join(at(4_999));
    assert!(
        matches!(refusal, Err(Refusal::InvalidSubscription(_))),
        "{refusal:?}"
    );
}

#[test]
fn in_time_means_before_the_guard_and_acknowledged_before_that() {
    let join = Join {
        live_from: NOW,
        replay: None,
    };
    assert!(join.is_in_time(NOW.starts_at_ms() - 100));
    assert!(!join.is_in_time(NOW.starts_at_ms() - 99));
    assert!(join.is_in_time(join.ack_by_ms()));
}
