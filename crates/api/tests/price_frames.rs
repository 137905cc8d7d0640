//! The frames of the raw feed, however many prices there are.
#![allow(clippy::unwrap_used, reason = "tests")]

use api::frames::JsonFrames;
use domain::{Price, Tick, UserId};
use feed::session::{Replay, SubscriptionId, TickPrices};
use feed::{EncodeFrames as _, MAX_FRAME_BYTES, Reply};
use proptest::prelude::*;
use serde_json::Value;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    /// No frame is longer than it may be, and nothing is lost between frames.
    #[test]
    fn large_shares_are_split_into_frames(users in 1..2_500_usize, ticks in 1..3_u64) {
        let user = |n: usize| format!("019b76da-a800-7000-8000-{n:012}");
        let price = Price::from_cents(10_120).unwrap();
        let all = (0..ticks).flat_map(|tick| (0..users).map(move |n| (tick, n)));
        let of_tick = |tick| TickPrices {
            tick: Tick(tick),
            prices: (0..users).map(|n| (UserId::parse(&user(n)).unwrap(), price)).collect(),
        };
        let records: Vec<_> = (0..ticks).map(of_tick).collect();
        let mut seen = Vec::new();
        for frame in JsonFrames.prices(&records, None) {
            prop_assert!(frame.size() <= MAX_FRAME_BYTES);
            let frame: Value = serde_json::from_slice(&frame.body()).unwrap();
            for tick in frame["ticks"].as_array().unwrap() {
                let number = tick["tick"].as_u64().unwrap();
                for user in tick["prices"].as_object().unwrap().keys() {
                    seen.push((number, user.clone()));
                }
            }
        }
        prop_assert!(seen.is_sorted_by_key(|(tick, _)| *tick));
        seen.sort();
        let expected: Vec<_> = all.map(|(tick, n)| (tick, user(n))).collect();
        prop_assert_eq!(seen, expected);
    }
}

/// The ticks in each frame, and from where a client may resume that has got it.
fn frames_of(users: usize, ticks: u64) -> Vec<(Vec<u64>, Option<u64>)> {
    let user = |n: usize| UserId::parse(&format!("019b76da-a800-7000-8000-{n:012}")).unwrap();
    let price = Price::from_cents(10_120).unwrap();
    let of_tick = |tick| TickPrices {
        tick: Tick(tick),
        prices: (0..users).map(|n| (user(n), price)).collect(),
    };
    let reply = Reply::Replayed {
        id: SubscriptionId::parse("s").unwrap(),
        replay: Replay {
            from: Tick(1),
            to: Tick(ticks + 5),
            complete: true,
        },
        ticks: (1..=ticks).map(of_tick).collect(),
        more: false,
    };
    let frames = JsonFrames.reply(&reply).into_iter().map(|frame| {
        let frame: Value = serde_json::from_slice(&frame.body()).unwrap();
        let ticks = frame["ticks"].as_array().unwrap().iter();
        let ticks = ticks.map(|tick| tick["tick"].as_u64().unwrap()).collect();
        (ticks, frame["resume"].as_u64())
    });
    frames.collect()
}

#[test]
fn a_tick_that_fits_into_a_frame_is_not_split() {
    let frames = frames_of(2, 340);
    assert!(frames.len() > 1);
    let all: Vec<u64> = frames.iter().flat_map(|(ticks, _)| ticks.clone()).collect();
    assert_eq!(all, (1..=340).collect::<Vec<_>>());
    let (last, before) = frames.split_last().unwrap();
    for (ticks, resume) in before {
        assert_eq!(ticks.last().copied(), *resume);
    }
    assert_eq!(last.1, Some(345));
}

#[test]
fn a_tick_that_fits_into_no_frame_is_only_complete_with_its_last() {
    let [a, b, c, d] = [
        (vec![1], None),
        (vec![1], Some(1)),
        (vec![2], Some(1)),
        (vec![2], Some(7)),
    ];
    assert_eq!(frames_of(900, 2), [a, b, c, d]);
}
