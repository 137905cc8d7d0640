use domain::Tick;

use super::{DeliveryProgress, FORGOTTEN_TICKS, PartitionPosition, PublishedTick};

const fn at(partition: i32, next_offset: i64, tick: u64) -> PartitionPosition {
    PartitionPosition {
        partition,
        next_offset,
        tick: Tick(tick),
    }
}

fn published(tick: u64, ends: &[PartitionPosition]) -> PublishedTick {
    PublishedTick {
        tick: Tick(tick),
        ends: ends.to_vec(),
        is_complete: true,
    }
}

/// Two partitions over three ticks; the second has nothing of tick 1001.
fn progress(delivered: &[PartitionPosition]) -> DeliveryProgress {
    DeliveryProgress {
        published: vec![
            published(1_002, &[at(0, 30, 1_002), at(1, 7, 1_002)]),
            published(1_000, &[at(0, 10, 1_000), at(1, 5, 1_000)]),
            published(1_001, &[at(0, 20, 1_001), at(1, 5, 1_000)]),
        ],
        delivered: delivered.to_vec(),
    }
}

#[test]
fn a_tick_can_be_resumed_from_once_every_partition_has_sent_it() {
    for (delivered, resumable) in [
        (vec![at(0, 30, 1_002), at(1, 7, 1_002)], Some(1_002)),
        (vec![at(0, 31, 1_003), at(1, 8, 1_003)], Some(1_002)),
        // A record of tick 1002 is still to be sent.
        (vec![at(0, 30, 1_002), at(1, 6, 1_002)], Some(1_001)),
        (vec![at(0, 29, 1_002), at(1, 7, 1_002)], Some(1_001)),
        // One is far ahead, the other has nothing to send at 1001.
        (vec![at(0, 30, 1_002), at(1, 5, 1_000)], Some(1_001)),
        (vec![at(0, 19, 1_001), at(1, 5, 1_000)], Some(1_000)),
        // Further behind than is known about.
        (vec![at(0, 9, 1_000), at(1, 7, 1_002)], None),
        (vec![at(0, 30, 1_002)], None),
        (vec![], None),
    ] {
        let progress = progress(&delivered);
        assert_eq!(
            progress.resumable_tick(),
            resumable.map(Tick),
            "{delivered:?}"
        );
    }
}

#[test]
fn offsets_of_a_topic_that_was_created_anew_say_nothing() {
    let old = at(0, 5_000, 900);
    let progress = DeliveryProgress {
        published: vec![published(1_000, &[at(0, 3, 1_000)])],
        delivered: vec![old],
    };
    assert_eq!(progress.resumable_tick(), None);
}

#[test]
fn what_was_lost_long_ago_keeps_nobody_from_resuming() {
    let long_ago = 2_000 - FORGOTTEN_TICKS - 1;
    let of = |lost_tick| DeliveryProgress {
        published: vec![published(2_000, &[at(0, 30, 2_000), at(1, 9, lost_tick)])],
        delivered: vec![at(0, 30, 2_000), at(1, 8, lost_tick)],
    };
    assert_eq!(of(long_ago).resumable_tick(), Some(Tick(2_000)));
    assert_eq!(of(long_ago + 1).resumable_tick(), None);
}

#[test]
fn nothing_published_is_nothing_to_resume_from() {
    assert_eq!(DeliveryProgress::default().resumable_tick(), None);
    let of_nobody = DeliveryProgress {
        published: vec![published(1_000, &[])],
        delivered: Vec::new(),
    };
    assert_eq!(of_nobody.resumable_tick(), Some(Tick(1_000)));
}

#[test]
fn a_tick_that_newcomers_may_still_be_owed_is_not_resumed_from() {
    let delivered = [at(0, 30, 1_002), at(1, 7, 1_002)];
    let mut progress = progress(&delivered);
    progress.published[0].is_complete = false;
    assert_eq!(progress.resumable_tick(), Some(Tick(1_001)));
}
