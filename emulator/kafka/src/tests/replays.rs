use super::*;
use crate::{RebalanceError, ReplayFrom, ReplayedPartition};

fn replayed(from_until: &[(i64, i64)]) -> Vec<ReplayedPartition> {
    let partition = |(partition, (from, until)): (i32, &(i64, i64))| ReplayedPartition {
        partition,
        from: *from,
        until: *until,
    };
    (0..).zip(from_until).map(partition).collect()
}

#[tokio::test]
async fn records_are_delivered_again_from_an_offset_and_then_on() {
    let stack = Stack::start(1).await;
    let (triggers, mut calls) = stack.trigger(full_batches(2)).await;
    stack.produce_all(0, 0..4).await;
    for _ in 0..2 {
        calls.recv().await.unwrap().succeed();
    }
    stack.wait_for_commit(4).await;

    let again = triggers.replay("Prices", ReplayFrom::Offset(2)).await;
    assert_eq!(again.unwrap(), replayed(&[(2, 4)]));
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), numbers(2..4));
    // Should it end here, the next start goes on with the replay.
    stack.wait_for_commit(2).await;
    call.succeed();
    stack.produce_all(0, 4..6).await;
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), numbers(4..6));
    call.succeed();
    stack.wait_for_commit(6).await;
}

#[tokio::test]
async fn a_replay_from_the_beginning_covers_all_partitions() {
    let stack = Stack::start(2).await;
    let (triggers, mut calls) = stack.trigger(full_batches(2)).await;
    stack.produce_all(1, 0..2).await;
    calls.recv().await.unwrap().succeed();
    stack.wait_for_commit_of(1, 2).await;
    let again = triggers.replay("Prices", ReplayFrom::Beginning).await;
    assert_eq!(again.unwrap(), replayed(&[(0, 0), (0, 2)]));
    assert_eq!(calls.recv().await.unwrap().values(1), numbers(0..2));
}

#[tokio::test]
async fn a_replay_skips_nothing() {
    let stack = Stack::start(1).await;
    let (triggers, mut calls) = stack.trigger(full_batches(1)).await;
    stack.produce_all(0, 0..2).await;
    let old = calls.recv().await.unwrap();
    // The first record is still at work: nothing has been delivered, whatever offset is asked for.
    let again = triggers.replay("Prices", ReplayFrom::Offset(2)).await;
    assert_eq!(again.unwrap(), replayed(&[(0, 0)]));
    // What was at work does not move the position any more.
    old.succeed();
    while triggers.status().await.triggers[0].fenced == 0 {
        tokio::task::yield_now().await;
    }
    for value in ["0", "1"] {
        let call = calls.recv().await.unwrap();
        assert_eq!(call.values(0), [value]);
        call.succeed();
    }
    // The embedded broker would find nothing, whatever there is.
    let by_time = triggers.replay("Prices", ReplayFrom::Timestamp(0)).await;
    assert!(matches!(by_time, Err(RebalanceError::ByTime)));
    let unknown = triggers.replay("Other", ReplayFrom::Beginning).await;
    assert!(matches!(unknown, Err(RebalanceError::NoTrigger)));
}

#[test]
fn a_place_to_begin_is_a_word_an_offset_or_an_instant() {
    assert_eq!("beginning".parse(), Ok(ReplayFrom::Beginning));
    assert_eq!("0".parse(), Ok(ReplayFrom::Offset(0)));
    let instant = "1970-01-01T01:00:01.5+01:00".parse();
    assert_eq!(instant, Ok(ReplayFrom::Timestamp(1_500)));
    for refused in ["", "-1", "end", "1.5", "2026-11-30", "2026-11-30T12:00:00"] {
        assert!(refused.parse::<ReplayFrom>().is_err(), "{refused}");
    }
}
