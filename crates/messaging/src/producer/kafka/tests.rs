use app::Error;
use domain::{Price, Snapshot, SnapshotId, UserId};
use rdkafka::mocking::MockCluster;

use super::*;
use crate::codec::Payload as _;
use crate::producer::batch::RecordBatch;

const TIMEOUT: Duration = Duration::from_secs(2);

fn producer(servers: &str) -> KafkaProducer {
    let config = KafkaConfig {
        delivery_timeout: TIMEOUT,
        ..KafkaConfig::new(servers, Security::Plaintext)
    };
    KafkaProducer::new(config).unwrap()
}

fn snapshot() -> Snapshot {
    Snapshot {
        id: SnapshotId::generate(1_767_225_605_123, &[2; 10]),
        user_id: UserId::generate(1_767_225_600_000, &[1; 10]),
        price: Price::from_cents(10_120).unwrap(),
    }
}

async fn publish(producer: &KafkaProducer) -> app::Result<Published> {
    let mut record = RecordBatch::default();
    record.push(&snapshot());
    producer.publish_batch(record).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_broker_is_told_soon() {
    let started = Instant::now();
    let error = publish(&producer("127.0.0.1:1")).await.unwrap_err();
    assert!(started.elapsed() < TIMEOUT * 2, "{:?}", started.elapsed());
    assert!(
        matches!(error, Error::Unavailable { what: "Kafka", .. }),
        "{error:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_comes_back_is_published_to_again() {
    let broker = MockCluster::new(1).unwrap();
    let topic = Snapshot::TOPIC.name();
    broker.create_topic(topic, 8, 1).unwrap();
    let producer = producer(&broker.bootstrap_servers());
    publish(&producer).await.unwrap();
    broker.broker_down(1).unwrap();
    let error = publish(&producer).await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    broker.broker_up(1).unwrap();
    publish(&producer).await.unwrap();
}
