use proptest::prelude::*;

use super::*;
use crate::UserId;
use crate::model::draw::{MasterKey, Purpose};

fn walk() -> Walk {
    Walk::new(MasterKey::from_secret(b"walk").derive(Purpose::Walk, UserId::generate(0, &[7; 10])))
}

#[test]
fn midpoints_spread_with_the_root_of_the_length() {
    for (level, spread) in SPREAD.iter().enumerate() {
        let expected = SIGMA * (f64::from(1 << level) / 4.0).sqrt();
        assert!((spread / expected - 1.0).abs() < 1e-15, "{level}");
    }
    let expected = SIGMA * (SPAN as f64 / 2.0).sqrt();
    assert!((ANCHOR_SD / expected - 1.0).abs() < 1e-15);
}

#[test]
fn anchors_are_draws_of_their_own() {
    let walk = walk();
    for span in 0..50 {
        assert_eq!(walk.at(span * SPAN), walk.anchor(span * SPAN));
    }
}

#[test]
fn the_end_of_time_is_a_tick_like_any_other() {
    let walk = walk();
    let mut cursor = walk.cursor(u64::MAX - 2);
    for tick in [u64::MAX - 1, u64::MAX, 0, 1] {
        assert_eq!(cursor.advance(&walk), walk.at(tick));
    }
}

proptest! {
    #[test]
    fn a_cursor_walks_the_same_path(from in 0..1_u64 << 40, steps in 0..2_000_u64) {
        let walk = walk();
        let mut cursor = walk.cursor(from);
        prop_assert_eq!(cursor.value(), walk.at(from));
        for tick in from + 1..=from + steps {
            prop_assert_eq!(cursor.advance(&walk), walk.at(tick));
        }
    }

    #[test]
    fn a_cursor_crosses_anchors(anchor in 1..1_u64 << 26, before in 0..40_u64) {
        let walk = walk();
        let from = anchor * SPAN - before;
        let mut cursor = walk.cursor(from);
        for tick in from + 1..from + 80 {
            prop_assert_eq!(cursor.advance(&walk), walk.at(tick));
        }
    }

    #[test]
    fn a_step_has_both_its_ends(tick in 1..1_u64 << 40, aligned in 0..20_u32) {
        let walk = walk();
        let tick = (tick >> aligned << aligned).max(1);
        prop_assert_eq!(walk.step_to(tick), (walk.at(tick - 1), walk.at(tick)));
    }
}
