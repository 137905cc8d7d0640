use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestTopic;

use super::*;

/// The versions of an API that are announced and that the crate of these tests knows.
async fn announced(client: &mut Client, api: ApiKey) -> std::ops::RangeInclusive<i16> {
    let apis = client.ask(4, &ApiVersionsRequest::default()).await;
    let known = api.valid_versions();
    let own = apis.api_keys.iter().find(|one| one.api_key == api as i16);
    let own = own.expect("it is announced");
    own.min_version.max(known.min)..=own.max_version.min(known.max)
}

/// Asks in every version that is announced, and so reads every answer.
async fn ask_in_all_versions<R: Request>(broker: &Broker, api: ApiKey, body: impl Fn(i16) -> R) {
    let mut client = Client::connect(broker).await;
    for version in announced(&mut client, api).await {
        client.ask(version, &body(version)).await;
    }
}

#[tokio::test]
async fn answers_of_every_version_that_is_announced_can_be_read() {
    let broker = broker().await;
    let mut client = Client::connect(&broker).await;
    let topic = MetadataRequestTopic::default().with_name(Some(TopicName(name("prices"))));
    let asked = MetadataRequest::default().with_topics(Some(vec![topic]));
    let id = client.ask(12, &asked).await.topics[0].topic_id;
    client.ask(9, &produce(1, Some(batch()))).await;
    ask_in_all_versions(&broker, ApiKey::Produce, |_| produce(1, Some(batch()))).await;
    ask_in_all_versions(&broker, ApiKey::Fetch, |version| {
        let partition = FetchPartition::default().with_partition_max_bytes(1_000_000);
        let topic = FetchTopic::default().with_partitions(vec![partition]);
        let topic = match version {
            ..=12 => topic.with_topic(TopicName(name("prices"))),
            _ => topic.with_topic_id(id),
        };
        FetchRequest::default()
            .with_max_bytes(1_000_000)
            .with_topics(vec![topic])
    })
    .await;
    ask_in_all_versions(&broker, ApiKey::ListOffsets, |_| {
        let partition = ListOffsetsPartition::default().with_timestamp(-1);
        let topic = ListOffsetsTopic::default()
            .with_name(TopicName(name("prices")))
            .with_partitions(vec![partition]);
        ListOffsetsRequest::default().with_topics(vec![topic])
    })
    .await;
    ask_in_all_versions(&broker, ApiKey::OffsetCommit, |_| {
        let partition = OffsetCommitRequestPartition::default().with_committed_offset(1);
        let topic = OffsetCommitRequestTopic::default()
            .with_name(TopicName(name("prices")))
            .with_partitions(vec![partition]);
        OffsetCommitRequest::default()
            .with_group_id(GroupId(name("group")))
            .with_topics(vec![topic])
    })
    .await;
    ask_in_all_versions(&broker, ApiKey::OffsetFetch, |_| {
        let topic = OffsetFetchRequestTopic::default()
            .with_name(TopicName(name("prices")))
            .with_partition_indexes(vec![0]);
        OffsetFetchRequest::default()
            .with_group_id(GroupId(name("group")))
            .with_topics(Some(vec![topic]))
    })
    .await;
    ask_in_all_versions(&broker, ApiKey::InitProducerId, |_| {
        InitProducerIdRequest::default()
    })
    .await;
}

#[tokio::test]
async fn requests_of_groups_are_read_in_every_version_that_is_announced() {
    let broker = broker().await;
    let group = || GroupId(name("group"));
    let member = || StrBytes::from_static_str("member");
    ask_in_all_versions(&broker, ApiKey::SyncGroup, |_| {
        SyncGroupRequest::default()
            .with_group_id(group())
            .with_member_id(member())
    })
    .await;
    ask_in_all_versions(&broker, ApiKey::Heartbeat, |_| {
        HeartbeatRequest::default()
            .with_group_id(group())
            .with_member_id(member())
    })
    .await;
    ask_in_all_versions(&broker, ApiKey::LeaveGroup, |_| {
        LeaveGroupRequest::default()
            .with_group_id(group())
            .with_member_id(member())
    })
    .await;
    let mut client = Client::connect(&broker).await;
    // Each is answered once its group has gathered, which takes seconds.
    let joins = announced(&mut client, ApiKey::JoinGroup)
        .await
        .map(|version| {
            let protocol = JoinGroupRequestProtocol::default().with_name(name("range"));
            let join = JoinGroupRequest::default()
                .with_group_id(GroupId(name(&format!("group-{version}"))))
                .with_session_timeout_ms(10_000)
                .with_rebalance_timeout_ms(10_000)
                .with_protocol_type(name("consumer"))
                .with_protocols(vec![protocol]);
            let broker = &broker;
            async move { Client::connect(broker).await.ask(version, &join).await }
        });
    for joined in futures_util::future::join_all(joins).await {
        assert_eq!((joined.error_code, joined.members.len()), (0, 1));
    }
}
