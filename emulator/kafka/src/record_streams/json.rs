//! A record as JSON: text where it is text, and no more of it than people read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use emulator_kafka_headers::headers;
use rdkafka::Message;
use rdkafka::message::BorrowedMessage;
use serde::Serialize;

/// Of each key and value, in bytes.
pub(super) const LONGEST: usize = 64 * 1024;

#[derive(Serialize)]
struct Record<'a> {
    topic: &'a str,
    partition: i32,
    offset: i64,
    timestamp_ms: Option<i64>,
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_base64: Option<String>,
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_base64: Option<String>,
    headers: Vec<Header<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
}

#[derive(Serialize)]
struct Header<'a> {
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_base64: Option<String>,
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_base64: Option<String>,
}

pub(super) fn encode(record: &BorrowedMessage<'_>) -> String {
    let mut truncated = false;
    let headers = headers(record).into_iter().map(|header| {
        let (key, key_base64) = field(Some(header.key), &mut truncated);
        let (value, value_base64) = field(header.value, &mut truncated);
        Header {
            key,
            key_base64,
            value,
            value_base64,
        }
    });
    let headers = headers.collect();
    let (key, key_base64) = field(record.key(), &mut truncated);
    let (value, value_base64) = field(record.payload(), &mut truncated);
    let record = Record {
        topic: record.topic(),
        partition: record.partition(),
        offset: record.offset(),
        timestamp_ms: record.timestamp().to_millis(),
        key,
        key_base64,
        value,
        value_base64,
        headers,
        truncated,
    };
    serde_json::to_string(&record).expect("BUG: numbers and text are JSON")
}

/// Text, or else Base64; neither where there is nothing.
fn field<'a>(bytes: Option<&'a [u8]>, truncated: &mut bool) -> (Option<&'a str>, Option<String>) {
    let Some(bytes) = bytes else {
        return (None, None);
    };
    let is_whole = bytes.len() <= LONGEST;
    let kept = &bytes[..bytes.len().min(LONGEST)];
    *truncated |= !is_whole;
    match str::from_utf8(kept) {
        Ok(text) => (Some(text), None),
        // The cut went through a character.
        Err(error) if !is_whole && error.error_len().is_none() => {
            (str::from_utf8(&kept[..error.valid_up_to()]).ok(), None)
        }
        Err(_) => (None, Some(STANDARD.encode(kept))),
    }
}
