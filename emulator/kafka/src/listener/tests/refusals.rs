use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::incremental_alter_configs_request::AlterConfigsResource;

use super::*;

fn assert_refused(api: &str, code: i16, reason: Option<&StrBytes>) {
    assert_eq!(code, ResponseError::UnsupportedVersion.code());
    let reason = reason.expect("the answer has a reason");
    assert!(
        reason.contains(api) && reason.contains("--kafka"),
        "{reason:?}"
    );
}

#[tokio::test]
async fn topics_are_not_made_or_deleted_for_a_reason_that_says_what_to_do() {
    let broker = broker().await;
    let mut client = Client::connect(&broker).await;
    let topic = TopicName(name("new"));
    for version in 2..=7 {
        let created = CreatableTopic::default().with_name(topic.clone());
        let asked = CreateTopicsRequest::default().with_topics(vec![created]);
        let answer = &client.ask(version, &asked).await.topics[0];
        assert_eq!(answer.name, topic);
        let reason = answer.error_message.as_ref();
        assert_refused("CreateTopics", answer.error_code, reason);
    }
    for version in 5..=6 {
        let deleted = DeleteTopicState::default().with_name(Some(topic.clone()));
        let asked = DeleteTopicsRequest::default();
        let asked = if version < 6 {
            asked.with_topic_names(vec![topic.clone()])
        } else {
            asked.with_topics(vec![deleted])
        };
        let answer = &client.ask(version, &asked).await.responses[0];
        assert_eq!(answer.name.as_ref(), Some(&topic));
        let reason = answer.error_message.as_ref();
        assert_refused("DeleteTopics", answer.error_code, reason);
    }
    let grown = CreatePartitionsTopic::default().with_name(topic.clone());
    let asked = CreatePartitionsRequest::default().with_topics(vec![grown]);
    let answer = &client.ask(3, &asked).await.results[0];
    assert_eq!(answer.name, topic);
    let reason = answer.error_message.as_ref();
    assert_refused("CreatePartitions", answer.error_code, reason);
}

#[tokio::test]
async fn configurations_are_not_read_or_changed_for_a_reason_that_says_what_to_do() {
    let broker = broker().await;
    let mut client = Client::connect(&broker).await;
    let described = DescribeConfigsResource::default()
        .with_resource_type(2)
        .with_resource_name(name("prices"));
    let asked = DescribeConfigsRequest::default().with_resources(vec![described]);
    let answer = &client.ask(4, &asked).await.results[0];
    assert_eq!(
        (answer.resource_type, &*answer.resource_name),
        (2, "prices")
    );
    let reason = answer.error_message.as_ref();
    assert_refused("DescribeConfigs", answer.error_code, reason);
    let altered = AlterConfigsResource::default()
        .with_resource_type(2)
        .with_resource_name(name("prices"));
    let asked = IncrementalAlterConfigsRequest::default().with_resources(vec![altered]);
    let answer = &client.ask(1, &asked).await.responses[0];
    assert_eq!(
        (answer.resource_type, &*answer.resource_name),
        (2, "prices")
    );
    let reason = answer.error_message.as_ref();
    assert_refused("IncrementalAlterConfigs", answer.error_code, reason);
}

#[tokio::test]
async fn the_hint_is_that_of_whoever_started_the_broker() {
    let hint = "Run: make kafka";
    let clients = ClientOptions {
        hint: hint.to_owned(),
        ..ClientOptions::default()
    };
    let broker = Broker::embedded(clients).await.unwrap();
    let mut client = Client::connect(&broker).await;
    let topic = CreatableTopic::default().with_name(TopicName(name("new")));
    let asked = CreateTopicsRequest::default().with_topics(vec![topic]);
    let answer = &client.ask(7, &asked).await.topics[0];
    let reason = answer.error_message.as_ref().unwrap();
    assert!(reason.ends_with(hint), "{reason:?}");
}
