//! Against librdkafka's own in-process broker.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use app::Error;
use app::publisher::TickPublisher as _;
use app::ticks::{Registration, Roster, prepare_tick};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use domain::market::Summary;
use domain::{PriceModel, PriceUpdate, Snapshot, Tick, UserId, partition};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers as _, OwnedMessage};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use super::*;
use crate::codec::{DeadLetter, Payload as _, Topic};

const TICK: Tick = Tick(353_445_121);
const PARTITIONS: [(Topic, i32); 5] = [
    (PriceUpdate::TOPIC, 8),
    (Registration::TOPIC, 4),
    (Snapshot::TOPIC, 8),
    (Summary::TOPIC, 1),
    (DeadLetter::TOPIC, 1),
];

pub(super) fn broker() -> MockCluster<'static, DefaultProducerContext> {
    let broker = MockCluster::new(1).unwrap();
    for (topic, partitions) in PARTITIONS {
        broker.create_topic(topic.name(), partitions, 1).unwrap();
    }
    broker
}

pub(super) fn producer(bootstrap_servers: &str) -> Arc<KafkaProducer> {
    let mut config = KafkaConfig::new(bootstrap_servers, Security::Plaintext);
    config.delivery_timeout = Duration::from_secs(2);
    Arc::new(KafkaProducer::new(config).unwrap())
}

fn user_id(number: u64) -> UserId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    UserId::generate(TICK.starts_at_ms() - 60_000 + number % 1000, &random)
}

/// Reads a topic from its beginning until `count` records have come.
pub(super) fn consume(bootstrap_servers: &str, topic: Topic, count: usize) -> Vec<OwnedMessage> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap_servers)
        .set("group.id", "test")
        .create()
        .unwrap();
    let mut assignment = TopicPartitionList::new();
    let (_, partitions) = PARTITIONS.iter().find(|(name, _)| *name == topic).unwrap();
    for partition in 0..*partitions {
        assignment
            .add_partition_offset(topic.name(), partition, Offset::Beginning)
            .unwrap();
    }
    consumer.assign(&assignment).unwrap();
    let patience = Instant::now() + Duration::from_secs(20);
    let mut records = Vec::new();
    while records.len() < count && Instant::now() < patience {
        if let Some(record) = consumer.poll(Duration::from_millis(100)) {
            records.push(record.unwrap().detach());
        }
    }
    assert_eq!(records.len(), count);
    records
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_arrives_whole_keyed_and_where_its_users_belong() {
    let broker = broker();
    let servers = broker.bootstrap_servers();
    let publisher = KafkaTickPublisher::new(producer(&servers));
    publisher.connect().await.unwrap();

    let model = PriceModel::new(&[7; 32]);
    let mut roster = Roster::new(model);
    roster.extend((0..5_000).map(user_id));
    let mut tick = prepare_tick(&roster, TICK, publisher.batch(roster.len()));
    let published = tick.publish().await.unwrap();

    let prices = consume(&servers, PriceUpdate::TOPIC, 5_000);
    let summaries = consume(&servers, Summary::TOPIC, 1);
    assert_eq!(published.records, 5_001);
    let bytes =
        |record: &OwnedMessage| record.key().unwrap().len() + record.payload().unwrap().len();
    let total: usize = prices.iter().chain(&summaries).map(bytes).sum();
    assert_eq!(published.bytes, total as u64);

    let mut seen = HashMap::new();
    for record in &prices {
        let update = PriceUpdate::decode(record.key(), record.payload()).unwrap();
        let shareholder = model.shareholder(update.user_id);
        let expected = PriceUpdate {
            user_id: update.user_id,
            tick: TICK,
            price: shareholder.price_at(TICK),
            previous: shareholder.price_at(TICK.previous()),
        };
        assert_eq!(update, expected);
        assert_eq!(record.partition() as u32, partition(update.user_id, 8));
        seen.insert(update.user_id, ());
    }
    assert_eq!(seen.len(), 5_000);
    let summary = Summary::decode(summaries[0].key(), summaries[0].payload()).unwrap();
    assert_eq!((summary.tick, summary.shareholders), (TICK, 5_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_arrives() {
    let broker = broker();
    let servers = broker.bootstrap_servers();
    let publisher = KafkaTickPublisher::new(producer(&servers));
    let registration = Registration {
        user_id: user_id(1),
        name: "Ann".to_owned(),
        registered_at_ms: TICK.starts_at_ms(),
    };
    let mut batch = publisher.batch(0);
    batch.registration(&registration);
    assert_eq!(batch.publish().await.unwrap().records, 1);

    let records = consume(&servers, Registration::TOPIC, 1);
    let arrived = Registration::decode(records[0].key(), records[0].payload()).unwrap();
    assert_eq!(arrived, registration);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_arrives_as_it_came_with_the_reason() {
    let broker = broker();
    let servers = broker.bootstrap_servers();
    let letter = DeadLetter {
        key: Some(b"key \xff".to_vec()),
        value: None,
        source_topic: "user.price.update".to_owned(),
        source_partition: 3,
        source_offset: 42,
        reason: "the record has no value".to_owned(),
        failed_function: "price-fanout".to_owned(),
    };
    let report = producer(&servers)
        .publish_dead_letters(vec![letter])
        .await
        .unwrap();
    assert_eq!(report.whole, 1);

    let records = consume(&servers, DeadLetter::TOPIC, 1);
    assert_eq!(records[0].key(), Some(&b"key \xff"[..]));
    assert_eq!(records[0].payload(), None);
    let arrived: Vec<(&str, &[u8])> = records[0]
        .headers()
        .unwrap()
        .iter()
        .map(|header| (header.key, header.value.unwrap()))
        .collect();
    let expected: [(&str, &[u8]); 5] = [
        ("dead-letter-reason", b"the record has no value"),
        ("source-topic", b"user.price.update"),
        ("source-partition", b"3"),
        ("source-offset", b"42"),
        ("failed-function", b"price-fanout"),
    ];
    assert_eq!(arrived, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_to_publish_is_published_at_once() {
    let publisher = KafkaTickPublisher::new(producer("127.0.0.1:1"));
    assert_eq!(publisher.batch(0).publish().await.unwrap().records, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_broker_is_reported_soon_and_with_the_cause() {
    let publisher = KafkaTickPublisher::new(producer("127.0.0.1:1"));
    let started = Instant::now();
    let mut roster = Roster::new(PriceModel::new(&[7; 32]));
    roster.extend((0..10).map(user_id));
    let mut tick = prepare_tick(&roster, TICK, publisher.batch(10));
    let error = tick.publish().await.unwrap_err();

    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    let Error::Unavailable {
        what: "Kafka",
        source,
    } = error
    else {
        panic!("{error:?}")
    };
    let text = source.to_string();
    assert!(
        text.starts_with("11 of 11 records not acknowledged"),
        "{text}"
    );
    assert!(text.contains("refused"), "{text}");

    let started = Instant::now();
    assert!(publisher.connect().await.unwrap_err().is_retryable());
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}

fn iam(credentials: SharedCredentialsProvider, bootstrap_servers: &str) -> KafkaProducer {
    let security = Security::Iam {
        region: "eu-central-1".to_owned(),
        credentials,
    };
    let mut config = KafkaConfig::new(bootstrap_servers, security);
    config.delivery_timeout = Duration::from_secs(2);
    KafkaProducer::new(config).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_iam_the_broker_is_greeted_over_tls_once_there_is_a_token() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let producer = iam(SharedCredentialsProvider::new(credentials), &address);
    let greeting = async {
        // librdkafka connects only when it has been given a token that it accepts.
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap()
    };
    let connecting = producer.connect(&[PriceUpdate::TOPIC]);
    let (first_byte, refused) = tokio::join!(greeting, connecting);
    assert_eq!(first_byte, 0x16, "a TLS handshake record");
    assert!(refused.unwrap_err().is_retryable());
}

#[derive(Debug)]
struct NoCredentials;

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("no role")))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_iam_and_no_credentials_the_error_says_so() {
    let producer = iam(SharedCredentialsProvider::new(NoCredentials), "127.0.0.1:1");
    let error = producer.connect(&[PriceUpdate::TOPIC]).await.unwrap_err();
    let reason = app::Causes(&error).to_string();
    assert!(
        reason.contains("Failed to acquire SASL OAUTHBEARER token"),
        "{reason}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_failed_can_be_published_again() {
    let broker = broker();
    let publisher = KafkaTickPublisher::new(producer(&broker.bootstrap_servers()));
    publisher.connect().await.unwrap();
    broker.broker_down(1).unwrap();
    let mut roster = Roster::new(PriceModel::new(&[7; 32]));
    roster.extend((0..100).map(user_id));
    let mut tick = prepare_tick(&roster, TICK, publisher.batch(100));
    assert!(tick.publish().await.unwrap_err().is_retryable());

    broker.broker_up(1).unwrap();
    // The first attempt may meet librdkafka's pause before it connects again.
    let mut result = tick.publish().await;
    if result.is_err() {
        result = tick.publish().await;
    }
    assert_eq!(result.unwrap().records, 101);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_stumbles_is_overcome_without_a_word() {
    let broker = broker();
    let publisher = KafkaTickPublisher::new(producer(&broker.bootstrap_servers()));
    let stumbles = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION; 2];
    broker.request_errors(RDKafkaApiKey::Produce, &stumbles);
    let mut batch = publisher.batch(1);
    batch.summary(&Summary::of(TICK, []));
    assert_eq!(batch.publish().await.unwrap().records, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_refuses_is_not_worth_retrying() {
    let broker = broker();
    let publisher = KafkaTickPublisher::new(producer(&broker.bootstrap_servers()));
    let refusal = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED];
    broker.request_errors(RDKafkaApiKey::Produce, &refusal);
    let mut batch = publisher.batch(1);
    batch.summary(&Summary::of(TICK, []));
    let error = batch.publish().await.unwrap_err();
    assert!(matches!(error, Error::Internal { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_producer_beyond_repair_is_replaced() {
    let broker = broker();
    let publisher = KafkaTickPublisher::new(producer(&broker.bootstrap_servers()));
    let mut batch = publisher.batch(1);
    batch.summary(&Summary::of(TICK, []));
    batch.publish().await.unwrap();
    let lost = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER];
    broker.request_errors(RDKafkaApiKey::Produce, &lost);
    let error = batch.publish().await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    assert_eq!(batch.publish().await.unwrap().records, 1);
}
