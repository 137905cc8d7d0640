use std::time::Duration;

use super::*;

fn trigger(starting_position: StartingPosition) -> KafkaTrigger {
    KafkaTrigger {
        id: "Prices".to_owned(),
        function: "fanout".to_owned(),
        topic: "prices".to_owned(),
        cluster_arn: String::new(),
        group: "group".to_owned(),
        starting_position,
        batch_size: 1,
        window: Duration::ZERO,
        on_failure: None,
        max_retries: None,
    }
}

#[test]
fn what_was_committed_counts_as_far_as_it_exists() {
    let latest = trigger(StartingPosition::Latest);
    let at = |offset| starting_offset(&latest, 0, Some(Offset::Offset(offset)), 10, 20);
    assert_eq!(at(15), (15, 0));
    assert_eq!(at(20), (20, 0));
    assert_eq!(at(7), (10, 3));
    assert_eq!(at(21), (20, 0));
}

#[test]
fn without_a_commit_the_template_decides() {
    for committed in [None, Some(Offset::Invalid)] {
        let latest = trigger(StartingPosition::Latest);
        assert_eq!(starting_offset(&latest, 0, committed, 10, 20), (20, 0));
        let oldest = trigger(StartingPosition::TrimHorizon);
        assert_eq!(starting_offset(&oldest, 0, committed, 10, 20), (10, 0));
    }
}
