use super::*;
use crate::codec::Payload as _;

const FIXTURE: &[u8] = include_bytes!("../../fixtures/example-kafka-event.json");

/// Topic, partition, offset, key and value.
type Row = (String, i64, i64, Option<Vec<u8>>, Option<Vec<u8>>);

/// Every record as `aws_lambda_events` reads it.
fn reference(json: &[u8]) -> Vec<Row> {
    let event: aws_lambda_events::kafka::KafkaEvent = serde_json::from_slice(json).unwrap();
    let bytes = |text: Option<String>| text.map(|text| STANDARD.decode(text).unwrap());
    let mut all: Vec<_> = event
        .records
        .into_values()
        .flatten()
        .map(|r| {
            (
                r.topic.unwrap(),
                r.partition,
                r.offset,
                bytes(r.key),
                bytes(r.value),
            )
        })
        .collect();
    all.sort();
    all
}

fn ours(json: &[u8]) -> Vec<Row> {
    let event: KafkaEvent = serde_json::from_slice(json).unwrap();
    let mut all: Vec<_> = event
        .records
        .into_iter()
        .map(|r| {
            (
                r.topic.as_str().to_owned(),
                i64::from(r.partition),
                r.offset,
                r.key,
                r.value,
            )
        })
        .collect();
    all.sort();
    all
}

#[test]
fn the_example_of_aws_is_read_as_aws_lambda_events_reads_it() {
    let records = ours(FIXTURE);
    assert_eq!(records, reference(FIXTURE));
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].0, "AWSKafkaTopic");
    assert_eq!(
        records[0].4.as_deref(),
        Some(&b"8d5596b4-1813-4238-b24b-6dad8e3d1c0c"[..])
    );
}

#[test]
fn several_partitions_and_records_without_key_or_value_are_read() {
    let record = |topic: &str, partition: i32, offset: i64, key: &str, value: &str| {
        format!(
            r#"{{"topic":"{topic}","partition":{partition},"offset":{offset},"timestamp":1,
                    "timestampType":"CREATE_TIME","key":{key},"value":{value},"headers":[]}}"#
        )
    };
    let json = format!(
        r#"{{"eventSource":"aws:kafka","records":{{"user.price.update-0":[{},{}],"market.summary-0":[{}]}}}}"#,
        record("user.price.update", 0, 7, "null", "\"aGk=\""),
        record("user.price.update", 0, 8, "\"\"", "null"),
        record("market.summary", 0, 1, "\"bWFya2V0\"", "\"\\u0061Gk=\""),
    );
    assert_eq!(ours(json.as_bytes()), reference(json.as_bytes()));
    let event: KafkaEvent = serde_json::from_str(&json).unwrap();
    let of = |topic| {
        event
            .records
            .iter()
            .filter(move |r| r.topic == TopicName::Known(topic))
    };
    assert!(of(domain::PriceUpdate::TOPIC).map(|r| r.offset).eq([7, 8]));
    assert_eq!(of(domain::market::Summary::TOPIC).count(), 1);
}

#[test]
fn headers_of_any_bytes_and_missing_keys_are_no_obstacle() {
    let json = r#"{"records":{"t-0":[{"topic":"t","partition":0,"offset":1,
            "headers":[{"h":[-1,255]}]}]}}"#;
    let event: KafkaEvent = serde_json::from_str(json).unwrap();
    assert_eq!(
        (&event.records[0].key, &event.records[0].value),
        (&None, &None)
    );
}

#[test]
fn what_is_no_kafka_event_is_an_error() {
    for json in [
        r#"{}"#,
        r#"{"records":[]}"#,
        r#"{"records":{"t-0":[{"topic":"t","partition":0,"offset":1,"value":"%"}]}}"#,
    ] {
        assert!(serde_json::from_str::<KafkaEvent>(json).is_err(), "{json}");
    }
}
