use super::*;
use crate::batch::MAX_EVENT_BYTES;

#[tokio::test]
async fn a_batch_has_no_more_records_than_declared() {
    let stack = Stack::start(1).await;
    stack.produce_all(0, 0..30).await;
    let (_triggers, mut calls) = stack.trigger(full_batches(10)).await;
    for expected in [0..10, 10..20, 20..30] {
        let call = calls.recv().await.unwrap();
        assert_eq!(call.values(0), numbers(expected));
        call.succeed();
    }
}

#[tokio::test]
async fn a_batch_fits_into_lambdas_six_megabytes() {
    let stack = Stack::start(4).await;
    let value = "x".repeat(900_000);
    for index in 0..16 {
        stack.produce(index % 4, &value).await;
    }
    let (_triggers, mut calls) = stack.trigger_of(full_batches(10_000), at_most(1)).await;
    // In base64 a value has 1.2 million bytes: five fit, and the sixth ends the batch.
    for _ in 0..3 {
        let call = calls.recv().await.unwrap();
        assert_eq!(call.count(), 5);
        assert!(call.raw.len() <= MAX_EVENT_BYTES);
        call.succeed();
    }
}

#[tokio::test]
async fn a_full_batch_does_not_wait_for_its_window() {
    let stack = Stack::start(1).await;
    let (_triggers, mut calls) = stack.trigger(full_batches(10)).await;
    stack.produce_all(0, 0..10).await;
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), numbers(0..10));
}

#[tokio::test]
async fn a_batch_that_is_not_full_waits_for_its_window() {
    let stack = Stack::start(1).await;
    let window = Duration::from_millis(200);
    let (_triggers, mut calls) = stack
        .trigger(KafkaTrigger {
            window,
            ..from_now_on()
        })
        .await;
    let started = std::time::Instant::now();
    stack.produce(0, "0").await;
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), numbers(0..1));
    assert!(started.elapsed() >= window);
}

#[tokio::test]
async fn a_window_gathers_what_comes_after_the_first_record() {
    let stack = Stack::start(1).await;
    let (triggers, mut calls) = stack.trigger(full_batches(2)).await;
    stack.produce(0, "0").await;
    triggers.wait_for_buffered(1).await;
    stack.produce(0, "1").await;
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), numbers(0..2));
}

#[tokio::test]
async fn one_batch_mixes_partitions_and_keeps_the_order_of_each() {
    let stack = Stack::start(3).await;
    stack.produce_all(0, 0..3).await;
    stack.produce_all(2, 10..14).await;
    let (_triggers, mut calls) = stack.trigger_of(full_batches(7), at_most(1)).await;
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), numbers(0..3));
    assert_eq!(call.values(1), numbers(0..0));
    assert_eq!(call.values(2), numbers(10..14));
}

#[tokio::test]
async fn what_comes_while_a_batch_is_delivered_is_gathered_for_the_next() {
    let stack = Stack::start(1).await;
    let (triggers, mut calls) = stack.trigger(from_now_on()).await;
    stack.produce(0, "0").await;
    let held = calls.recv().await.unwrap();
    stack.produce_all(0, 1..6).await;
    triggers.wait_for_buffered(5).await;
    assert!(calls.try_recv().is_err(), "two batches at once");
    held.succeed();
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), numbers(1..6));
}
