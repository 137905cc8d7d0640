use super::*;
use crate::KafkaError;

#[tokio::test]
async fn creating_topics_again_changes_nothing() {
    let stack = Stack::start(3).await;
    stack.produce(2, "x").await;
    stack
        .broker
        .create_topics(&[topic("prices", 3), topic("other", 1)])
        .await
        .unwrap();
    let (triggers, _calls) = stack.trigger(from_now_on()).await;
    let status = triggers.status().await;
    assert!(status.embedded);
    let topics: Vec<_> = status
        .topics
        .iter()
        .map(|topic| (topic.name.as_str(), topic.partitions.len()))
        .collect();
    assert_eq!(topics, [("prices", 3), ("other", 1)]);
    assert_eq!(status.topics[0].partitions[2].high, 1);
    assert_eq!(status.error, None);
}

#[tokio::test]
async fn an_external_broker_is_used_as_it_is() {
    let stack = Stack::start(2).await;
    let external = Broker::external(stack.broker.bootstrap_servers())
        .await
        .unwrap();
    assert!(!external.is_embedded());
    external.create_topics(&[topic("prices", 8)]).await.unwrap();
    let (sender, mut calls) = mpsc::unbounded_channel();
    let function = Arc::new(FakeFunction(sender));
    let triggers = Triggers::start(
        &external,
        &[from_now_on()],
        function,
        ConsumerLimit::default(),
    )
    .await
    .unwrap();
    stack.produce(1, "x").await;
    assert_eq!(calls.recv().await.unwrap().values(1), ["x"]);
    let status = triggers.status().await;
    assert_eq!(status.topics[0].partitions.len(), 2, "{:?}", status.error);
}

#[tokio::test]
async fn a_broker_that_does_not_answer_is_named() {
    let patience = Duration::from_millis(200);
    let error = Broker::external_within("127.0.0.1:1", patience)
        .await
        .err()
        .unwrap();
    assert!(matches!(error, KafkaError::Unreachable { .. }));
    assert!(error.to_string().contains("127.0.0.1:1"));
}

#[tokio::test]
async fn a_trigger_without_its_topic_is_named() {
    let stack = Stack::start(1).await;
    let trigger = KafkaTrigger {
        topic: "missing".to_owned(),
        ..from_now_on()
    };
    let function = Arc::new(FakeFunction(mpsc::unbounded_channel().0));
    let error = Triggers::start(
        &stack.broker,
        &[trigger],
        function,
        ConsumerLimit::default(),
    )
    .await
    .err()
    .unwrap();
    assert!(matches!(error, KafkaError::NoTopic { .. }), "{error:?}");
}
