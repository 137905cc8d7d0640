//! A record as it goes into an event.

use emulator_kafka_headers::{Header, headers};
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message, Timestamp};

/// What functions are told of a record. Key, value and headers are whatever bytes its producer wrote.
#[derive(Debug, Clone)]
pub(crate) struct Record<'a> {
    pub partition: i32,
    pub offset: i64,
    pub timestamp: Timestamp,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: Vec<Header<'a>>,
}

impl<'a> From<&'a BorrowedMessage<'_>> for Record<'a> {
    fn from(message: &'a BorrowedMessage<'_>) -> Self {
        Self {
            partition: message.partition(),
            offset: message.offset(),
            timestamp: message.timestamp(),
            key: message.key(),
            value: message.payload(),
            headers: headers(message),
        }
    }
}
