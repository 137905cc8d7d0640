//! Decoding the event of a full batch: ours against `aws_lambda_events`, and the records in it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use criterion::{Criterion, criterion_group, criterion_main};
use domain::PriceUpdate;
use messaging::codec::Payload as _;
use messaging::trigger::{KafkaEvent, KafkaRecord};

const RECORDS: u64 = 10_000;

fn event() -> String {
    let mut json = String::from(
        r#"{"eventSource":"aws:kafka","eventSourceArn":"arn","bootstrapServers":"b:9098","records":{"#,
    );
    for partition in 0..8 {
        if partition > 0 {
            json.push(',');
        }
        json.push_str(&format!(r#""user.price.update-{partition}":["#));
        for n in 0..RECORDS / 8 {
            if n > 0 {
                json.push(',');
            }
            let id = format!("019b76da-a800-7000-8000-{:012}", n * 8 + partition);
            let value = format!(
                r#"{{"user_id":"{id}","tick":353445120,"price":"101.20","previous":"101.05","at":"2026-01-01T00:00:00Z"}}"#
            );
            json.push_str(&format!(
                r#"{{"topic":"user.price.update","partition":{partition},"offset":{n},"timestamp":1767225600000,"timestampType":"CREATE_TIME","key":"{}","value":"{}","headers":[]}}"#,
                STANDARD.encode(&id),
                STANDARD.encode(value)
            ));
        }
        json.push(']');
    }
    json.push_str("}}");
    json
}

fn decoding(c: &mut Criterion) {
    let json = event();
    println!("{} records, {} bytes", RECORDS, json.len());
    c.bench_function("event, ours", |b| {
        b.iter(|| serde_json::from_slice::<KafkaEvent>(json.as_bytes()).expect("it is one"));
    });
    c.bench_function("event, aws_lambda_events, base64 decoded", |b| {
        b.iter(|| {
            let event: aws_lambda_events::kafka::KafkaEvent =
                serde_json::from_slice(json.as_bytes()).expect("it is one");
            let records = event.records.into_values().flatten();
            records
                .map(|r| {
                    let bytes = |text: Option<String>| STANDARD.decode(text.expect("set"));
                    (
                        bytes(r.key).expect("base64"),
                        bytes(r.value).expect("base64"),
                    )
                })
                .collect::<Vec<_>>()
        });
    });
    let event: KafkaEvent = serde_json::from_slice(json.as_bytes()).expect("it is one");
    c.bench_function("its records", |b| {
        b.iter(|| {
            let decode = |r: &KafkaRecord| {
                PriceUpdate::decode(r.key.as_deref(), r.value.as_deref()).expect("a price update")
            };
            event.records.iter().map(decode).collect::<Vec<_>>()
        });
    });
}

criterion_group!(benches, decoding);
criterion_main!(benches);
