use rdkafka::Message;
use rdkafka::consumer::{Consumer, StreamConsumer};

use super::*;

#[tokio::test]
async fn a_failed_batch_comes_again_before_anything_later() {
    let stack = Stack::start(1).await;
    stack.produce_all(0, 0..20).await;
    let (triggers, mut calls) = stack.trigger(full_batches(10)).await;
    for _ in 0..2 {
        let call = calls.recv().await.unwrap();
        assert_eq!(call.values(0), numbers(0..10));
        call.fail();
    }
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), numbers(0..10));
    let status = &triggers.status().await.triggers[0];
    assert_eq!((status.failures, status.batches, status.lag), (2, 0, 20));
    assert!(status.last_error.as_ref().unwrap().contains("no"));
    call.succeed();
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), numbers(10..20));
    let status = &triggers.status().await.triggers[0];
    assert_eq!((status.batches, status.records, status.lag), (1, 10, 10));
    assert_eq!(status.last_error, None);
    call.succeed();
}

#[tokio::test]
async fn a_batch_given_up_on_goes_to_its_destination_and_the_trigger_goes_on() {
    let stack = Stack::start(1).await;
    stack
        .broker
        .create_topics(&[topic("failed", 1)])
        .await
        .unwrap();
    stack.produce_all(0, 0..20).await;
    let trigger = KafkaTrigger {
        max_retries: Some(1),
        on_failure: Some("kafka://failed".to_owned()),
        ..full_batches(10)
    };
    let (triggers, mut calls) = stack.trigger(trigger).await;
    for _ in 0..2 {
        let call = calls.recv().await.unwrap();
        assert_eq!(call.values(0), numbers(0..10));
        call.fail();
    }
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(0), numbers(10..20));
    assert_eq!(triggers.status().await.triggers[0].abandoned, 10);
    call.succeed();

    let reader: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", stack.broker.bootstrap_servers())
        .set("group.id", "reader")
        .create()
        .unwrap();
    let mut list = rdkafka::TopicPartitionList::new();
    list.add_partition_offset("failed", 0, rdkafka::Offset::Beginning)
        .unwrap();
    reader.assign(&list).unwrap();
    let record = reader.recv().await.unwrap();
    let record: serde_json::Value = serde_json::from_slice(record.payload().unwrap()).unwrap();
    assert_eq!(
        record["requestContext"]["condition"],
        "RetryAttemptsExhausted"
    );
    assert_eq!(
        record["KafkaBatchInfo"]["recordInfo"]["prices-0"]["lastRecordOffset"],
        "9"
    );
}

#[tokio::test]
async fn stopping_does_not_wait_for_retries() {
    let stack = Stack::start(1).await;
    stack.produce(0, "0").await;
    let (triggers, mut calls) = stack.trigger(from_the_start()).await;
    calls.recv().await.unwrap().fail();
    triggers.stop().await;
    assert!(calls.try_recv().is_err());
}

#[tokio::test]
async fn after_an_outage_of_the_broker_triggers_go_on() {
    let stack = Stack::start(2).await;
    let (triggers, mut calls) = stack.trigger(from_now_on()).await;
    stack.produce(1, "before").await;
    let call = calls.recv().await.unwrap();
    assert_eq!(call.values(1), ["before"]);
    call.succeed();
    assert!(stack.broker.set_reachable(false).await.unwrap());
    assert!(stack.broker.set_reachable(true).await.unwrap());
    stack.produce(1, "after").await;
    let call = tokio::time::timeout(Duration::from_secs(60), calls.recv()).await;
    assert_eq!(call.unwrap().unwrap().values(1), ["after"]);
    triggers.stop().await;
}
