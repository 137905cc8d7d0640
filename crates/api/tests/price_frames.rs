//! The frames of the raw feed, however many prices there are.

use api::frames::JsonFrames;
use domain::{Price, Tick, UserId};
use feed::session::TickPrices;
use feed::{EncodeFrames as _, MAX_FRAME_BYTES};
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
        for frame in JsonFrames.prices(&records) {
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
