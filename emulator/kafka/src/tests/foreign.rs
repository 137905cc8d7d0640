//! Records of foreign producers, which may write any bytes. rdkafka's own producer takes header keys as text, so the request is
//! put together here.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

type Headers<'a> = &'a [(&'a [u8], Option<&'a [u8]>)];

/// A signed number as Kafka's records have it.
fn varint(bytes: &mut Vec<u8>, number: i64) {
    let mut rest = (number << 1 ^ number >> 63).cast_unsigned();
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
}

fn with_length(bytes: &mut Vec<u8>, content: Option<&[u8]>) {
    varint(bytes, content.map_or(-1, |content| content.len() as i64));
    bytes.extend_from_slice(content.unwrap_or_default());
}

fn record(key: &[u8], value: &[u8], headers: Headers<'_>) -> Vec<u8> {
    // Attributes, and the differences to the batch's time and offset.
    let mut record = vec![0, 0, 0];
    with_length(&mut record, Some(key));
    with_length(&mut record, Some(value));
    varint(&mut record, headers.len() as i64);
    for (key, value) in headers {
        with_length(&mut record, Some(key));
        with_length(&mut record, *value);
    }
    record
}

/// A batch of one record, version 2. Nobody looks at its checksum.
fn record_batch(record: &[u8]) -> Vec<u8> {
    let mut rest = Vec::new();
    rest.extend_from_slice(&0_i32.to_be_bytes()); // leader epoch
    rest.push(2);
    rest.extend_from_slice(&[0; 4 + 2 + 4]); // checksum, attributes, last offset
    rest.extend_from_slice(&1_595_035_749_700_i64.to_be_bytes());
    rest.extend_from_slice(&1_595_035_749_700_i64.to_be_bytes());
    rest.extend_from_slice(&[0xFF; 8 + 2 + 4]); // no idempotent producer
    rest.extend_from_slice(&1_i32.to_be_bytes());
    with_length(&mut rest, Some(record));
    let mut batch = 0_i64.to_be_bytes().to_vec();
    batch.extend_from_slice(&(rest.len() as i32).to_be_bytes());
    batch.extend_from_slice(&rest);
    batch
}

/// Produces to partition 0 of `prices`.
async fn produce(stack: &Stack, key: &[u8], value: &[u8], headers: Headers<'_>) {
    let batch = record_batch(&record(key, value, headers));
    let mut request = Vec::new();
    request.extend_from_slice(&[0, 0, 0, 7]); // Produce, version 7
    request.extend_from_slice(&1_i32.to_be_bytes()); // correlation
    request.extend_from_slice(&[0xFF; 2 + 2]); // no client id, no transaction
    request.extend_from_slice(&1_i16.to_be_bytes()); // acknowledged
    request.extend_from_slice(&5_000_i32.to_be_bytes());
    request.extend_from_slice(&1_i32.to_be_bytes()); // one topic
    request.extend_from_slice(&6_i16.to_be_bytes());
    request.extend_from_slice(b"prices");
    request.extend_from_slice(&1_i32.to_be_bytes()); // one partition
    request.extend_from_slice(&0_i32.to_be_bytes());
    request.extend_from_slice(&(batch.len() as i32).to_be_bytes());
    request.extend_from_slice(&batch);

    let mut broker = TcpStream::connect(stack.broker.bootstrap_servers())
        .await
        .unwrap();
    broker.write_u32(request.len() as u32).await.unwrap();
    broker.write_all(&request).await.unwrap();
    let length = broker.read_u32().await.unwrap();
    let mut answer = vec![0; length as usize];
    broker.read_exact(&mut answer).await.unwrap();
    // Correlation, one topic with its name, one partition with its number, then the error.
    assert_eq!(answer[4 + 4 + 8 + 4 + 4..][..2], [0, 0], "{answer:?}");
}

#[tokio::test]
async fn header_keys_that_are_no_utf_8_arrive_with_replacement_characters() {
    let stack = Stack::start(1).await;
    let (triggers, mut calls) = stack.trigger(full_batches(4)).await;
    produce(&stack, b"key", b"0", &[(b"plain", Some(b"x"))]).await;
    let foreign: Headers<'_> = &[
        (b"\xff\xfe", Some(b"\x00\xff")),
        (b"caf\xc3", None),
        (b"caf\xe9", Some(b"latin")),
        (b"", Some(b"")),
        (b"gr\xc3\xbc\xc3\x9fe", Some(b"utf-8")),
    ];
    produce(&stack, b"\xff", b"1", foreign).await;
    produce(&stack, b"", b"2", &[]).await;
    produce(&stack, b"key", b"3", &[(b"a\"b\\c\n", Some(b"quoted"))]).await;

    let call = calls.recv().await.unwrap();
    let records = &call.event.records["prices-0"];
    assert_eq!(call.values(0), ["0", "1", "2", "3"]);
    assert_eq!(records[1].key.as_deref(), Some("/w=="));
    let headers: Vec<_> = records[1]
        .headers
        .iter()
        .flat_map(|header| header.iter().map(|(key, value)| (key.as_str(), &value[..])))
        .collect();
    let expected: [(&str, &[i8]); 5] = [
        ("\u{FFFD}\u{FFFD}", &[0, -1]),
        ("caf\u{FFFD}", &[]),
        ("caf\u{FFFD}", &[108, 97, 116, 105, 110]),
        ("", &[]),
        ("grüße", &[117, 116, 102, 45, 56]),
    ];
    assert_eq!(headers, expected);
    assert!(records[3].headers[0].contains_key("a\"b\\c\n"));
    call.succeed();
    stack.wait_for_commit(4).await;
    let status = triggers.status().await;
    assert_eq!(
        (status.triggers[0].restarts, status.triggers[0].failures),
        (0, 0)
    );
    triggers.stop().await;
}
