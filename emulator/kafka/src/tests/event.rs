use emulator_kafka_headers::Header;
use rdkafka::Timestamp;
use serde_json::Value;

use super::*;
use crate::batch::{Batch, BatchBuilder};
use crate::record::Record;

fn record<'a>(
    partition: i32,
    offset: i64,
    key: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
) -> Record<'a> {
    let header = |value: Option<&'static [u8]>| Header {
        key: b"reason",
        value,
    };
    Record {
        partition,
        offset,
        timestamp: Timestamp::CreateTime(1_595_035_749_700),
        key,
        value,
        headers: vec![header(Some(&[0, 127, 128, 255])), header(None)],
    }
}

fn batch(records: &[Record<'_>]) -> Batch {
    let mut builder = BatchBuilder::new("arn:aws:kafka:x", "localhost:9092", "prices", 3, 100);
    for record in records {
        assert!(builder.push(record));
    }
    builder.finish()
}

#[test]
fn an_event_is_what_functions_decode() {
    let batch = batch(&[
        record(2, 7, Some(b"key"), Some(b"value")),
        record(0, 1, None, None),
        record(2, 8, Some(&[0xFF]), Some(b"")),
    ]);
    let event: KafkaEvent = serde_json::from_slice(&batch.event).unwrap();
    assert_eq!(event.event_source.as_deref(), Some("aws:kafka"));
    assert_eq!(event.event_source_arn.as_deref(), Some("arn:aws:kafka:x"));
    assert_eq!(event.bootstrap_servers.as_deref(), Some("localhost:9092"));
    assert_eq!(event.records.len(), 2);
    let [first, second] = &event.records["prices-2"][..] else {
        panic!("{event:?}")
    };
    assert_eq!((first.partition, first.offset, second.offset), (2, 7, 8));
    assert_eq!(first.key.as_deref(), Some(STANDARD.encode("key").as_str()));
    assert_eq!(
        first.value.as_deref(),
        Some(STANDARD.encode("value").as_str())
    );
    assert_eq!(first.headers[0]["reason"], [0, 127, -128, -1]);
    assert!(first.headers[1]["reason"].is_empty());
    assert_eq!(
        (second.key.as_deref(), second.value.as_deref()),
        (Some("/w=="), Some(""))
    );
    let [keyless] = &event.records["prices-0"][..] else {
        panic!("{event:?}")
    };
    assert_eq!((&keyless.key, &keyless.value), (&None, &None));
}

#[test]
fn an_event_has_exactly_the_fields_of_the_recorded_one() {
    fn fields(value: &Value) -> Vec<String> {
        value.as_object().unwrap().keys().cloned().collect()
    }
    let recorded: Value = serde_json::from_str(include_str!("fixtures/event.json")).unwrap();
    let batch = batch(&[record(0, 0, Some(b"key"), Some(b"value"))]);
    let ours: Value = serde_json::from_slice(&batch.event).unwrap();
    assert_eq!(fields(&ours), fields(&recorded));
    let (theirs, ours) = (
        &recorded["records"]["AWSKafkaTopic-0"][0],
        &ours["records"]["prices-0"][0],
    );
    assert_eq!(fields(ours), fields(theirs));
    assert_eq!(ours["timestampType"], theirs["timestampType"]);
    assert_eq!(ours["timestamp"], theirs["timestamp"]);
}

#[test]
fn a_builder_is_empty_again_after_each_batch() {
    let mut builder = BatchBuilder::new("arn", "localhost:9092", "prices", 3, 2);
    for offset in 0..2 {
        assert!(builder.push(&record(0, offset, None, Some(b"x"))));
    }
    assert!(builder.is_full() && !builder.push(&record(1, 5, None, Some(b"y"))));
    let first = builder.finish();
    assert_eq!((first.records, first.spans[0].last_offset), (2, 1));
    assert!(builder.is_empty());
    builder.push_encoded(&record(1, 5, None, Some(b"y")));
    let second = builder.finish();
    assert_eq!((second.records, second.spans[0].partition), (1, 1));
    let event: KafkaEvent = serde_json::from_slice(&second.event).unwrap();
    assert_eq!(event.records["prices-1"][0].offset, 5);
}
