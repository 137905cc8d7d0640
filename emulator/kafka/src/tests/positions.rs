use super::*;

#[tokio::test]
async fn latest_begins_with_the_first_record_after_the_start() {
    let stack = Stack::start(2).await;
    stack.produce_all(0, 0..5).await;
    let (triggers, mut calls) = stack.trigger(from_now_on()).await;
    stack.produce(0, "5").await;
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), ["5"]);
    call.succeed();
    stack.produce(1, "6").await;
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(1), ["6"]);
    let status = triggers.status().await;
    assert_eq!(
        status.topics[0]
            .partitions
            .iter()
            .map(|p| p.high)
            .collect::<Vec<_>>(),
        [6, 1]
    );
    assert_eq!(status.triggers[0].position, [6, 0]);
}

#[tokio::test]
async fn a_trigger_goes_on_where_its_group_was() {
    let stack = Stack::start(1).await;
    stack.produce_all(0, 0..10).await;
    let (triggers, mut calls) = stack.trigger(full_batches(10)).await;
    calls.recv().await.unwrap().succeed();
    stack.wait_for_commit(10).await;
    stack.produce_all(0, 10..20).await;
    let unanswered = calls.recv().await.unwrap();
    assert_eq!(unanswered.values(0)[0], "10");
    drop(unanswered);
    triggers.stop().await;

    // LATEST, but the group has committed.
    let trigger = KafkaTrigger {
        starting_position: StartingPosition::Latest,
        ..full_batches(10)
    };
    let (_triggers, mut calls) = stack.trigger(trigger).await;
    assert_eq!(calls.recv().await.unwrap().values(0), numbers(10..20));
}

#[tokio::test]
async fn records_that_expired_between_two_runs_are_counted() {
    let stack = Stack::start(1).await;
    stack.produce(0, "0").await;
    let (triggers, mut calls) = stack.trigger(from_the_start()).await;
    calls.recv().await.unwrap().succeed();
    stack.wait_for_commit(1).await;
    triggers.stop().await;
    // The embedded broker keeps five megabytes of a partition.
    let value = "x".repeat(900_000);
    for _ in 0..10 {
        stack.produce(0, &value).await;
    }
    let (triggers, mut calls) = stack.trigger(from_the_start()).await;
    calls.recv().await.unwrap().succeed();
    let status = triggers.status().await;
    let low = status.topics[0].partitions[0].low;
    assert!(low > 1);
    assert_eq!(status.triggers[0].lost, low as u64 - 1);
}

#[tokio::test]
async fn records_that_are_dropped_while_a_function_hangs_are_counted() {
    let stack = Stack::start(1).await;
    let one_by_one = KafkaTrigger {
        batch_size: 1,
        ..from_now_on()
    };
    let (triggers, mut calls) = stack.trigger(one_by_one).await;
    // The client reads 64 MB ahead; what comes beyond, the broker drops.
    let value = "x".repeat(900_000);
    for _ in 0..100 {
        stack.produce(0, &value).await;
    }
    let (mut delivered, mut last) = (0, -1);
    while last < 99 {
        let call = calls.recv().await.unwrap();
        last = call.event.records["prices-0"][0].offset;
        delivered += 1;
        call.succeed();
    }
    let lost = triggers.status().await.triggers[0].lost;
    assert!(lost > 0);
    assert_eq!(delivered + lost, 100);
}
