use super::*;
use crate::RebalanceError;

#[tokio::test]
async fn partitions_are_delivered_side_by_side() {
    let stack = Stack::start(2).await;
    let (triggers, mut calls) = stack.trigger(full_batches(2)).await;
    stack.produce_all(0, 0..2).await;
    let held = calls.recv().await.unwrap();
    assert_eq!(held.values(0), numbers(0..2));
    // What is newer overtakes what another partition still waits for.
    for later in [2..4, 4..6] {
        stack.produce_all(1, later.clone()).await;
        let call = calls.recv().await.unwrap();
        assert_eq!(call.values(1), numbers(later));
        assert_eq!(call.count(), 2);
        call.succeed();
    }
    stack.produce_all(0, 6..8).await;
    triggers.wait_for_buffered(2).await;
    assert!(
        calls.try_recv().is_err(),
        "one partition, two batches at once"
    );
    held.succeed();
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), numbers(6..8));
}

#[tokio::test]
async fn a_batch_mixes_partitions_of_one_consumer_only() {
    let stack = Stack::start(4).await;
    for partition in 0..4 {
        let values = partition as u32 * 10..partition as u32 * 10 + 5;
        stack.produce_all(partition, values).await;
    }
    let (triggers, mut calls) = stack.trigger_of(full_batches(10), at_most(2)).await;
    let mut held = [calls.recv().await.unwrap(), calls.recv().await.unwrap()];
    held.sort_by_key(|call| call.values(0).is_empty());
    for (call, own) in held.iter().zip([[0, 1], [2, 3]]) {
        assert_eq!(call.count(), 10);
        for partition in own {
            let first = partition as u32 * 10;
            assert_eq!(call.values(partition), numbers(first..first + 5));
        }
    }
    let consumers = &triggers.status().await.triggers[0].consumers;
    let partitions: Vec<_> = consumers.iter().map(|one| &one.partitions[..]).collect();
    assert_eq!(partitions, [[0, 1], [2, 3]]);
    assert!(consumers.iter().all(|consumer| consumer.in_flight == 10));
}

#[tokio::test]
async fn a_batch_that_fails_holds_up_its_own_consumer_only() {
    let stack = Stack::start(2).await;
    let (triggers, mut calls) = stack.trigger(full_batches(1)).await;
    stack.produce(0, "bad").await;
    calls.recv().await.unwrap().fail();
    for value in 0..5 {
        stack.produce(1, &value.to_string()).await;
    }
    let mut good = Vec::new();
    while good.len() < 5 {
        let call = calls.recv().await.unwrap();
        if call.values(0).is_empty() {
            good.extend(call.values(1));
            call.succeed();
        } else {
            assert_eq!(call.values(0), ["bad"]);
            call.fail();
        }
    }
    assert_eq!(good, numbers(0..5));
    stack.wait_for_commit_of(1, 5).await;
    let status = &triggers.status().await.triggers[0];
    assert_eq!((&status.position[..], status.lag), (&[0, 5][..], 1));
    // A success of one doesn't hide what the other suffers from.
    assert!(status.last_error.as_ref().unwrap().contains("no"));
    assert_eq!(status.consumers[1].last_error, None);
    drop(calls);
    triggers.stop().await;
}

#[tokio::test]
async fn no_partition_is_forgotten_while_another_is_flooded() {
    let stack = Stack::start(2).await;
    stack.produce_all(0, 0..100).await;
    stack.produce(1, "alone").await;
    let (_triggers, mut calls) = stack.trigger_of(full_batches(10), at_most(1)).await;
    let mut batches = 0;
    loop {
        let call = calls.recv().await.unwrap();
        let is_there = call.values(1) == ["alone"];
        call.succeed();
        batches += 1;
        if is_there {
            break;
        }
    }
    assert!(batches < 10, "it came last");
}

#[tokio::test]
async fn stopping_waits_for_all_deliveries() {
    let stack = Stack::start(3).await;
    let (triggers, mut calls) = stack.trigger(full_batches(1)).await;
    let mut held = Vec::new();
    for partition in 0..3 {
        stack.produce(partition, "held").await;
        held.push(calls.recv().await.unwrap());
    }
    // One of an earlier generation, too.
    triggers.rebalance("Prices", Some(1)).await.unwrap();
    let triggers = Arc::new(triggers);
    let stopping = tokio::spawn({
        let triggers = Arc::clone(&triggers);
        async move { triggers.stop().await }
    });
    while !matches!(
        triggers.rebalance("Prices", None).await,
        Err(RebalanceError::Stopping)
    ) {}
    assert!(!stopping.is_finished());
    held.into_iter().for_each(Call::succeed);
    while let Ok(call) = calls.try_recv() {
        call.succeed();
    }
    stopping.await.unwrap();
}
