//! Puts records together to the event of AWS's Kafka triggers, streaming: ten thousand records are
//! more than five megabytes of JSON, five seconds apart.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rdkafka::Timestamp;

use crate::record::Record;

/// Largest event that Lambda takes: 6 MB.
pub(crate) const MAX_EVENT_BYTES: usize = 6 * 1024 * 1024;

/// Builds one batch after the other.
#[derive(Debug)]
pub(crate) struct BatchBuilder {
    head: Vec<u8>,
    partitions: Vec<Partition>,
    max_records: usize,
    records: usize,
    bytes: usize,
    /// The record that was encoded last, until it is known whether it fits.
    record: Vec<u8>,
}

#[derive(Debug)]
struct Partition {
    /// `"topic-0":[`
    key: String,
    /// `{"topic":"topic","partition":0,"offset":`
    record_start: String,
    json: Vec<u8>,
    span: Option<Span>,
}

/// Where a batch lies on one partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub partition: i32,
    pub first_offset: i64,
    pub last_offset: i64,
    pub first_timestamp: i64,
    pub last_timestamp: i64,
}

/// A finished batch.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub event: Bytes,
    pub records: usize,
    pub spans: Vec<Span>,
}

impl BatchBuilder {
    pub fn new(
        cluster_arn: &str,
        bootstrap: &str,
        topic: &str,
        partitions: i32,
        max_records: usize,
    ) -> Self {
        let json = |text: &str| serde_json::Value::from(text).to_string();
        let head = format!(
            r#"{{"eventSource":"aws:kafka","eventSourceArn":{},"bootstrapServers":{},"records":{{"#,
            json(cluster_arn),
            json(bootstrap)
        );
        let partitions = (0..partitions)
            .map(|partition| Partition {
                key: format!("{}:[", json(&format!("{topic}-{partition}"))),
                record_start: format!(
                    r#"{{"topic":{},"partition":{partition},"offset":"#,
                    json(topic)
                ),
                json: Vec::new(),
                span: None,
            })
            .collect();
        let mut builder = Self {
            head: head.into(),
            partitions,
            max_records: max_records.max(1),
            records: 0,
            bytes: 0,
            record: Vec::new(),
        };
        builder.bytes = builder.empty_bytes();
        builder
    }

    pub fn records(&self) -> usize {
        self.records
    }

    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    pub fn is_full(&self) -> bool {
        self.records >= self.max_records
    }

    /// Encodes a record and adds it. `false` when it doesn't fit: finish the batch, then
    /// [`push_encoded`](Self::push_encoded) it.
    pub fn push(&mut self, record: &Record<'_>) -> bool {
        let partition = &self.partitions[record.partition as usize];
        self.record.clear();
        self.record
            .extend_from_slice(partition.record_start.as_bytes());
        encode_rest(&mut self.record, record);
        // A record that is too large by itself makes a batch of its own.
        let fits =
            self.records < self.max_records && self.bytes_with_record(partition) <= MAX_EVENT_BYTES;
        if fits || self.is_empty() {
            self.push_encoded(record);
            return true;
        }
        false
    }

    /// Adds the record that was encoded last, whatever its size.
    pub fn push_encoded(&mut self, record: &Record<'_>) {
        let number = record.partition;
        self.bytes = self.bytes_with_record(&self.partitions[number as usize]);
        let partition = &mut self.partitions[number as usize];
        if !partition.json.is_empty() {
            partition.json.push(b',');
        }
        partition.json.extend_from_slice(&self.record);
        let (offset, (timestamp, _)) = (record.offset, timestamp(record.timestamp));
        let span = partition.span.get_or_insert(Span {
            partition: number,
            first_offset: offset,
            last_offset: offset,
            first_timestamp: timestamp,
            last_timestamp: timestamp,
        });
        (span.last_offset, span.last_timestamp) = (offset, timestamp);
        self.records += 1;
    }

    /// Takes the batch; the builder is empty then.
    pub fn finish(&mut self) -> Batch {
        let mut event = Vec::with_capacity(self.bytes);
        event.extend_from_slice(&self.head);
        let mut spans = Vec::new();
        for partition in &mut self.partitions {
            let Some(span) = partition.span.take() else {
                continue;
            };
            if !spans.is_empty() {
                event.push(b',');
            }
            spans.push(span);
            event.extend_from_slice(partition.key.as_bytes());
            event.append(&mut partition.json);
            event.push(b']');
        }
        event.extend_from_slice(b"}}");
        debug_assert!(
            event.len() <= self.bytes,
            "BUG: the size of an event is underestimated"
        );
        let records = std::mem::take(&mut self.records);
        self.bytes = self.empty_bytes();
        Batch {
            event: event.into(),
            records,
            spans,
        }
    }

    fn empty_bytes(&self) -> usize {
        self.head.len() + 2
    }

    fn bytes_with_record(&self, partition: &Partition) -> usize {
        // With `],` where the partition is new to the batch, or a comma.
        let more = if partition.span.is_none() {
            partition.key.len() + 2
        } else {
            1
        };
        self.bytes + more + self.record.len()
    }
}

/// Milliseconds and the name of their kind.
fn timestamp(timestamp: Timestamp) -> (i64, &'static str) {
    match timestamp {
        Timestamp::CreateTime(ms) => (ms, "CREATE_TIME"),
        Timestamp::LogAppendTime(ms) => (ms, "LOG_APPEND_TIME"),
        Timestamp::NotAvailable => (-1, "NO_TIMESTAMP_TYPE"),
    }
}

fn encode_rest(json: &mut Vec<u8>, record: &Record<'_>) {
    let (timestamp, kind) = timestamp(record.timestamp);
    let offset = record.offset;
    append(
        json,
        format_args!(r#"{offset},"timestamp":{timestamp},"timestampType":"{kind}","key":"#),
    );
    append_base64(json, record.key);
    json.extend_from_slice(br#","value":"#);
    append_base64(json, record.value);
    json.extend_from_slice(br#","headers":["#);
    for (index, header) in record.headers.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        // As Java reads it, and so AWS: what is no UTF-8 becomes U+FFFD.
        let name = serde_json::Value::from(String::from_utf8_lossy(header.key));
        append(json, format_args!("{{{name}:["));
        for (index, byte) in header.value.unwrap_or_default().iter().enumerate() {
            if index > 0 {
                json.push(b',');
            }
            // AWS writes Java's bytes, which are signed.
            append(json, format_args!("{}", byte.cast_signed()));
        }
        json.extend_from_slice(b"]}");
    }
    json.extend_from_slice(b"]}");
}

fn append(json: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    json.write_fmt(arguments)
        .expect("BUG: writing to memory cannot fail");
}

fn append_base64(json: &mut Vec<u8>, bytes: Option<&[u8]>) {
    let Some(bytes) = bytes else {
        json.extend_from_slice(b"null");
        return;
    };
    json.push(b'"');
    let start = json.len();
    json.resize(start + bytes.len().div_ceil(3) * 4, 0);
    STANDARD
        .encode_slice(bytes, &mut json[start..])
        .expect("BUG: base64 takes four bytes for each three");
    json.push(b'"');
}
