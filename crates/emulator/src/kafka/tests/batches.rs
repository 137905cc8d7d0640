use super::*;
use crate::kafka::batch::MAX_EVENT_BYTES;

#[tokio::test]
async fn a_batch_has_no_more_records_than_declared() {
    let stack = Stack::start(1).await;
    stack.produce_all(0, 0..25).await;
    let (_triggers, mut calls) = stack.trigger(from_the_start()).await;
    for expected in [0..10, 10..20, 20..25] {
        let call = calls.recv().await.unwrap();
        assert_eq!(call.values(0), numbers(expected));
        call.succeed();
    }
}

#[tokio::test]
async fn a_batch_fits_into_lambdas_six_megabytes() {
    let stack = Stack::start(4).await;
    let value = "x".repeat(900_000);
    for index in 0..12 {
        stack.produce(index % 4, &value).await;
    }
    let (_triggers, mut calls) = stack
        .trigger(KafkaTrigger {
            batch_size: 10_000,
            ..from_the_start()
        })
        .await;
    // In base64 a value has 1.2 million bytes: five fit.
    for expected in [5, 5, 2] {
        let call = calls.recv().await.unwrap();
        assert_eq!(call.count(), expected);
        assert!(call.raw.len() <= MAX_EVENT_BYTES);
        call.succeed();
    }
}

#[tokio::test]
async fn a_full_batch_does_not_wait_for_its_window() {
    let stack = Stack::start(1).await;
    let window = Duration::from_secs(300);
    let (_triggers, mut calls) = stack
        .trigger(KafkaTrigger {
            window,
            ..from_now_on()
        })
        .await;
    stack.produce_all(0, 0..10).await;
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), numbers(0..10));
}

#[tokio::test]
async fn a_window_gathers_what_comes_after_the_first_record() {
    let stack = Stack::start(1).await;
    let window = Duration::from_millis(500);
    let (_triggers, mut calls) = stack
        .trigger(KafkaTrigger {
            window,
            ..from_now_on()
        })
        .await;
    let started = std::time::Instant::now();
    stack.produce(0, "0").await;
    // Longer than a batch without a window would wait.
    tokio::time::sleep(Duration::from_millis(100)).await;
    stack.produce(0, "1").await;
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), numbers(0..2));
    assert!(started.elapsed() >= window);
}

#[tokio::test]
async fn one_batch_mixes_partitions_and_keeps_the_order_of_each() {
    let stack = Stack::start(3).await;
    stack.produce_all(0, 0..3).await;
    stack.produce_all(2, 10..14).await;
    let (_triggers, mut calls) = stack.trigger(from_the_start()).await;
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), numbers(0..3));
    assert_eq!(call.values(1), numbers(0..0));
    assert_eq!(call.values(2), numbers(10..14));
}

#[tokio::test]
async fn what_comes_while_a_batch_is_delivered_is_gathered_for_the_next() {
    let stack = Stack::start(1).await;
    let (_triggers, mut calls) = stack.trigger(from_now_on()).await;
    stack.produce(0, "0").await;
    let held = calls.recv().await.unwrap();
    for value in 1..6 {
        stack.produce(0, &value.to_string()).await;
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    assert!(calls.try_recv().is_err(), "two batches at once");
    held.succeed();
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), numbers(1..6));
}
