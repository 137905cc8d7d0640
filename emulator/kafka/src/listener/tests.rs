use bytes::{Bytes, BytesMut};
use emulator_template::model::Topic;
use futures_util::{SinkExt, TryStreamExt};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::*;
use kafka_protocol::protocol::{Decodable, HeaderVersion, Request, StrBytes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::protocol::{Frames, RequestStart, frames, read_response, request};
use super::*;
use crate::Broker;

mod records;
mod refusals;
mod versions;

/// A client that knows nothing of librdkafka.
struct Client(Frames);

impl Client {
    async fn connect(broker: &Broker) -> Self {
        Self(frames(TcpStream::connect(broker.address()).await.unwrap()))
    }

    async fn send<R: Request>(&mut self, version: i16, body: &R) {
        let start = RequestStart {
            api: R::KEY,
            version,
            correlation: 7,
        };
        self.0.send(request(start, body).unwrap()).await.unwrap();
    }

    async fn ask<R: Request>(&mut self, version: i16, body: &R) -> R::Response {
        self.send(version, body).await;
        self.answer(version).await
    }

    async fn answer<R: Decodable + HeaderVersion>(&mut self, version: i16) -> R {
        let answer = self.0.try_next().await.unwrap();
        read_response(answer.expect("the broker answers"), version).unwrap()
    }

    /// Whether the broker ended the connection in place of an answer.
    async fn is_closed(&mut self) -> bool {
        matches!(self.0.try_next().await, Ok(None) | Err(_))
    }
}

async fn broker() -> Broker {
    let broker = Broker::embedded(ClientOptions::default()).await.unwrap();
    let topic = Topic {
        name: "prices".to_owned(),
        partitions: 3,
    };
    broker.create_topics(&[topic]).await.unwrap();
    broker
}

fn name(name: &str) -> StrBytes {
    StrBytes::from_string(name.to_owned())
}

/// A batch of one record without key, value and headers, as a client sends it.
fn batch() -> Vec<u8> {
    let mut after_checksum = vec![0; 2 + 4 + 8 + 8];
    after_checksum.extend_from_slice(&[0xFF; 8 + 2 + 4]);
    after_checksum.extend_from_slice(&1_i32.to_be_bytes());
    // Its length, attributes, two differences, no key, no value, no headers.
    after_checksum.extend_from_slice(&[12, 0, 0, 0, 1, 1, 0]);
    let mut batch = vec![0; 8];
    let length = 4 + 1 + 4 + after_checksum.len() as i32;
    batch.extend_from_slice(&length.to_be_bytes());
    batch.extend_from_slice(&[0, 0, 0, 0, 2]);
    batch.extend_from_slice(&crc32c::crc32c(&after_checksum).to_be_bytes());
    batch.extend_from_slice(&after_checksum);
    batch
}

fn produce(acks: i16, records: Option<Vec<u8>>) -> ProduceRequest {
    let partition = PartitionProduceData::default().with_records(records.map(Bytes::from));
    let topic = TopicProduceData::default()
        .with_name(TopicName(name("prices")))
        .with_partition_data(vec![partition]);
    ProduceRequest::default()
        .with_acks(acks)
        .with_topic_data(vec![topic])
}

#[tokio::test]
async fn every_version_of_api_versions_can_be_read_and_lists_what_is_there() {
    let broker = broker().await;
    for version in 0..=4 {
        let mut client = Client::connect(&broker).await;
        let apis = client.ask(version, &ApiVersionsRequest::default()).await;
        assert_eq!(apis.error_code, 0, "version {version}");
        let max = |api: ApiKey| {
            let mut keys = apis.api_keys.iter();
            keys.find(|known| known.api_key == api as i16)
                .map(|known| known.max_version)
        };
        assert_eq!(max(ApiKey::ApiVersions), Some(4));
        assert!(
            max(ApiKey::Produce) >= Some(9),
            "{:?}",
            max(ApiKey::Produce)
        );
        assert!(max(ApiKey::Metadata) >= Some(12));
        assert_eq!(max(ApiKey::CreateTopics), Some(7));
        assert_eq!(max(ApiKey::JoinGroup), Some(5), "what it can really read");
        assert_eq!(max(ApiKey::ListGroups), None);
    }
}

#[tokio::test]
async fn a_newer_version_of_api_versions_is_told_which_there_are_in_the_oldest_form() {
    let broker = broker().await;
    let mut client = Client::connect(&broker).await;
    let start = RequestStart {
        api: ApiKey::ApiVersions as i16,
        version: 4,
        correlation: 7,
    };
    let mut newer = BytesMut::from(&request(start, &ApiVersionsRequest::default()).unwrap()[..]);
    newer[2..4].copy_from_slice(&99_i16.to_be_bytes());
    client.0.send(newer.freeze()).await.unwrap();
    let apis: ApiVersionsResponse = client.answer(0).await;
    assert_eq!(apis.error_code, ResponseError::UnsupportedVersion.code());
    let own = apis
        .api_keys
        .iter()
        .find(|known| known.api_key == ApiKey::ApiVersions as i16)
        .unwrap();
    assert_eq!((own.min_version, own.max_version), (0, 4));
    // The connection goes on.
    let apis = client.ask(4, &ApiVersionsRequest::default()).await;
    assert_eq!(apis.error_code, 0);
}

#[tokio::test]
async fn in_every_version_the_broker_is_where_the_client_found_it() {
    let broker = broker().await;
    let mut client = Client::connect(&broker).await;
    let here = broker.address();
    for version in 0..=12 {
        let topic = MetadataRequestTopic::default().with_name(Some(TopicName(name("prices"))));
        let asked = MetadataRequest::default().with_topics(Some(vec![topic]));
        let metadata = client.ask(version, &asked).await;
        let [broker] = &metadata.brokers[..] else {
            panic!("there is one broker: {metadata:?}")
        };
        assert_eq!(format!("{}:{}", &*broker.host, broker.port), here);
        if version > 0 {
            assert_eq!(metadata.controller_id, broker.node_id);
        }
        assert_eq!(metadata.topics[0].partitions.len(), 3);
        assert_eq!(metadata.topics[0].partitions[2].leader_id, broker.node_id);
    }
    for version in 0..=2 {
        let asked = FindCoordinatorRequest::default().with_key(name("group"));
        let found = client.ask(version, &asked).await;
        assert_eq!(found.error_code, 0);
        assert_eq!(format!("{}:{}", &*found.host, found.port), here);
    }
}

#[tokio::test]
async fn answers_come_in_the_order_of_their_requests() {
    let broker = broker().await;
    let mut client = Client::connect(&broker).await;
    let topic = CreatableTopic::default().with_name(TopicName(name("new")));
    let create = CreateTopicsRequest::default().with_topics(vec![topic]);
    for _ in 0..20 {
        client.send(12, &MetadataRequest::default()).await;
        client.send(7, &create).await;
        client.send(4, &ApiVersionsRequest::default()).await;
    }
    for _ in 0..20 {
        let metadata: MetadataResponse = client.answer(12).await;
        assert_eq!(metadata.brokers.len(), 1);
        let refused: CreateTopicsResponse = client.answer(7).await;
        assert_eq!(refused.topics.len(), 1);
        let apis: ApiVersionsResponse = client.answer(4).await;
        assert!(!apis.api_keys.is_empty());
    }
}

#[tokio::test]
async fn who_asks_for_what_is_not_there_is_cut_off_and_nobody_else() {
    let broker = broker().await;
    let mut other = Client::connect(&broker).await;
    let mut unknown = Client::connect(&broker).await;
    unknown.send(4, &ListGroupsRequest::default()).await;
    assert!(unknown.is_closed().await, "an API that is not there");
    let mut newer = Client::connect(&broker).await;
    newer.send(13, &MetadataRequest::default()).await;
    assert!(newer.is_closed().await, "a version that is not there");
    for bytes in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0, 0, 0, 0],
        &[0, 0, 0, 3, 0, 18, 0],
        &[0, 0, 0, 12, 0, 3, 0, 12, 0, 0, 0, 1, 0xFF, 0, 0, 0],
    ] {
        let mut stranger = TcpStream::connect(broker.address()).await.unwrap();
        stranger.write_all(bytes).await.unwrap();
        stranger.shutdown().await.unwrap();
        let mut answer = Vec::new();
        if let Err(error) = stranger.read_to_end(&mut answer).await {
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        }
        assert_eq!(answer, b"", "{bytes:?}");
    }
    let apis = other.ask(3, &ApiVersionsRequest::default()).await;
    assert_eq!(apis.error_code, 0);
}

#[tokio::test]
async fn a_broker_that_went_away_is_found_again() {
    let broker = broker().await;
    broker.set_reachable(false).await.unwrap();
    let mut client = Client::connect(&broker).await;
    client.send(12, &MetadataRequest::default()).await;
    assert!(client.is_closed().await);
    broker.set_reachable(true).await.unwrap();
    let mut client = Client::connect(&broker).await;
    let metadata = client.ask(12, &MetadataRequest::default()).await;
    assert_eq!(metadata.brokers.len(), 1);
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let broker = broker().await;
    let port = broker
        .address()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let taken = ClientOptions {
        port,
        ..ClientOptions::default()
    };
    let error = Broker::embedded(taken).await.err().unwrap();
    assert!(error.to_string().contains(&port.to_string()), "{error}");
}
