//! The headers of a Kafka record, their keys as the bytes that they are.
//!
//! rdkafka takes a key for UTF-8 and panics where it isn't, though Kafka lets producers write any bytes. The two calls of
//! librdkafka that go around it are here, so that no other crate needs unsafe code.

#![allow(
    unsafe_code,
    reason = "rdkafka has no safe way to a key that is not UTF-8"
)]

use std::ffi::CStr;
use std::{ptr, slice};

use rdkafka::bindings::{rd_kafka_header_get_all, rd_kafka_headers_t, rd_kafka_message_headers};
use rdkafka::message::BorrowedMessage;
use rdkafka::types::RDKafkaRespErr;

/// One header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// Any bytes. librdkafka cuts a key at its first zero.
    pub key: &'a [u8],
    /// Any bytes, or null.
    pub value: Option<&'a [u8]>,
}

/// The headers of a record, in order; none if they can't be read.
pub fn headers<'a>(record: &'a BorrowedMessage<'_>) -> Vec<Header<'a>> {
    let mut list = ptr::null_mut();
    // SAFETY: the message is alive while `record` is. The list belongs to it and is neither changed nor freed before it.
    let error = unsafe { rd_kafka_message_headers(record.ptr(), &raw mut list) };
    if error != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Vec::new();
    }
    (0..)
        .map_while(|index| header(record, list, index))
        .collect()
}

/// `list` is that of `record`; `None` beyond its end.
fn header<'a>(
    _record: &'a BorrowedMessage<'_>,
    list: *const rd_kafka_headers_t,
    index: usize,
) -> Option<Header<'a>> {
    let (mut key, mut value, mut length) = (ptr::null(), ptr::null(), 0);
    // SAFETY: the list is alive while the record is, and the three are written before the call returns without an error.
    let error = unsafe {
        rd_kafka_header_get_all(list, index, &raw mut key, &raw mut value, &raw mut length)
    };
    if error != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return None;
    }
    // SAFETY: a key is ended by a zero, a value that is not null has `length` bytes, and both live as long as the record.
    unsafe {
        Some(Header {
            key: CStr::from_ptr(key).to_bytes(),
            value: (!value.is_null()).then(|| slice::from_raw_parts(value.cast(), length)),
        })
    }
}
