use app::Error;
use rdkafka::Message as _;
use rdkafka::message::{Headers as _, OwnedMessage};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::*;
use crate::producer::tests::{broker, consume, producer};

const TOO_LARGE: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
const INVALID: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_RECORD;

fn letter(offset: i64, key_bytes: usize, value_bytes: usize) -> DeadLetter {
    DeadLetter {
        key: Some(vec![b'k'; key_bytes]),
        value: Some(vec![b'v'; value_bytes]),
        source_topic: "user.price.update".to_owned(),
        source_partition: 3,
        source_offset: offset,
        reason: "not JSON".to_owned(),
        failed_function: "price-fanout".to_owned(),
    }
}

fn report(whole: u64, truncated: u64, lost: u64) -> DeadLetterReport {
    DeadLetterReport {
        whole,
        truncated,
        lost,
    }
}

fn header(record: &OwnedMessage, name: &str) -> Option<String> {
    let headers = record.headers().unwrap();
    let found = headers.iter().find(|header| header.key == name)?;
    Some(String::from_utf8(found.value.unwrap().to_vec()).unwrap())
}

fn sizes(records: &[OwnedMessage]) -> Vec<(usize, usize)> {
    let size =
        |record: &OwnedMessage| (record.key().unwrap().len(), record.payload().unwrap().len());
    records.iter().map(size).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn large_records_are_kept_whole_as_far_as_brokers_take_them() {
    let broker = broker();
    let servers = broker.bootstrap_servers();
    let letters = vec![
        letter(1, 3, 1_010_000),
        letter(2, 1_010_000, 3),
        letter(3, 3, 1_048_000),
        letter(4, 3, 3),
        letter(5, 500_000, 500_000),
    ];
    let all: Vec<_> = [
        (3, 1_010_000),
        (1_010_000, 3),
        (3, 1_048_000),
        (3, 3),
        (500_000, 500_000),
    ]
    .into();
    let kept = producer(&servers).publish_dead_letters(letters).await;
    assert_eq!(kept.unwrap(), report(5, 0, 0));
    assert_eq!(sizes(&consume(&servers, DeadLetter::TOPIC, 5)), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_broker_takes_whole_is_kept_truncated() {
    let broker = broker();
    let servers = broker.bootstrap_servers();
    // Without the headers, the first would have fitted. The last two were compressed.
    let letters = vec![
        letter(1, 36, 1_048_400),
        letter(2, 1_048_400, 36),
        letter(3, 36, 3_000_000),
        letter(4, 2_000_000, 2_000_000),
    ];
    let kept = producer(&servers).publish_dead_letters(letters).await;
    assert_eq!(kept.unwrap(), report(0, 4, 0));
    let records = consume(&servers, DeadLetter::TOPIC, 4);
    for (record, (key, value)) in records.iter().zip([
        (36, 1_048_400),
        (1_048_400, 36),
        (36, 3_000_000),
        (2_000_000, 2_000_000),
    ]) {
        let size = record.key().unwrap().len() + record.payload().unwrap().len();
        assert!((1_047_000..MAX_BATCH_BYTES).contains(&size), "{size}");
        let told = |name| header(record, name).unwrap();
        assert_eq!(told("source-key-bytes"), key.to_string());
        assert_eq!(told("source-value-bytes"), value.to_string());
        assert_eq!(told("source-value-sha256").len(), 64);
        assert_eq!(told("source-partition"), "3");
    }
    assert_eq!(records[0].key().unwrap().len(), 36);
    assert_eq!(records[1].payload().unwrap().len(), 36);
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_told_apart_when_their_batch_is_refused() {
    for refusal in [TOO_LARGE, INVALID] {
        let broker = broker();
        let servers = broker.bootstrap_servers();
        broker.request_errors(RDKafkaApiKey::Produce, &[refusal]);
        let letters = (0..10).map(|offset| letter(offset, 3, 100)).collect();
        let kept = producer(&servers).publish_dead_letters(letters).await;
        assert_eq!(kept.unwrap(), report(10, 0, 0));
        consume(&servers, DeadLetter::TOPIC, 10);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_with_a_smaller_limit_gets_less() {
    let broker = broker();
    let servers = broker.bootstrap_servers();
    // The batch, and the first letter alone.
    broker.request_errors(RDKafkaApiKey::Produce, &[TOO_LARGE; 2]);
    let letters = vec![letter(1, 3, 900_000), letter(2, 3, 10)];
    let kept = producer(&servers).publish_dead_letters(letters).await;
    assert_eq!(kept.unwrap(), report(1, 1, 0));
    let records = consume(&servers, DeadLetter::TOPIC, 2);
    assert!(records[0].payload().unwrap().len() < REDUCED_BYTES);
    assert_eq!(header(&records[0], "source-value-bytes").unwrap(), "900000");
    assert_eq!(sizes(&records)[1], (3, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_even_so_is_counted_and_holds_up_nothing() {
    let broker = broker();
    let servers = broker.bootstrap_servers();
    // The batch, and the first letter twice alone.
    broker.request_errors(RDKafkaApiKey::Produce, &[INVALID; 3]);
    let letters = vec![letter(1, 3, 10), letter(2, 3, 20)];
    let producer = producer(&servers);
    let kept = producer.publish_dead_letters(letters).await;
    assert_eq!(kept.unwrap(), report(1, 0, 1));
    let kept = producer.publish_dead_letters(vec![letter(3, 3, 30)]).await;
    assert_eq!(kept.unwrap(), report(1, 0, 0));
    let records = consume(&servers, DeadLetter::TOPIC, 2);
    assert_eq!(sizes(&records), [(3, 20), (3, 30)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_or_forbids_it_fails_the_batch() {
    let letters = || vec![letter(1, 3, 2_000_000)];
    let away = producer("127.0.0.1:1")
        .publish_dead_letters(letters())
        .await;
    assert!(away.unwrap_err().is_retryable());

    // What an operator has to mend must not cost records.
    let broker = broker();
    let forbidden = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED];
    broker.request_errors(RDKafkaApiKey::Produce, &forbidden);
    let producer = producer(&broker.bootstrap_servers());
    let error = producer.publish_dead_letters(letters()).await.unwrap_err();
    assert!(matches!(error, Error::Internal { .. }), "{error:?}");
}
