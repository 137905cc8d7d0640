use std::ops::Range;

use domain::PriceUpdate;
use rdkafka::message::OwnedHeaders;

use crate::codec::{Payload, Topic};

/// A record to be published, borrowed from its [`RecordSource`].
#[derive(Debug)]
pub struct Record<'a> {
    /// Where it goes.
    pub topic: Topic,
    /// Its key, which decides the partition; without one, any partition will do.
    pub key: Option<&'a [u8]>,
    /// Its value.
    pub value: Option<&'a [u8]>,
    /// Its headers.
    pub headers: Option<OwnedHeaders>,
}

/// Owns records while they are published.
pub trait RecordSource: Send + 'static {
    /// The records, in the order in which they are sent.
    fn records(&self) -> impl Iterator<Item = Record<'_>>;
}

/// Any number of encoded records in one buffer.
#[derive(Debug, Default)]
pub struct RecordBatch {
    bytes: Vec<u8>,
    spans: Vec<RecordSpan>,
}

#[derive(Debug)]
struct RecordSpan {
    topic: Topic,
    key: Range<u32>,
    value: Range<u32>,
}

impl RecordBatch {
    /// An empty batch with room for this many records of this many bytes each.
    #[must_use]
    pub fn with_capacity(records: usize, bytes_each: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(records * bytes_each),
            spans: Vec::with_capacity(records),
        }
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Adds the record of a payload.
    pub fn push<T: Payload>(&mut self, payload: &T) {
        let key_start = self.bytes.len();
        payload.encode_key(&mut self.bytes);
        let value_start = self.bytes.len();
        payload.encode_value(&mut self.bytes);
        let span = RecordSpan {
            topic: T::TOPIC,
            key: range(key_start..value_start),
            value: range(value_start..self.bytes.len()),
        };
        self.spans.push(span);
    }

    /// Adds a record whose value `encode` appends and whose key is a part of that value.
    pub fn push_keyed_within(
        &mut self,
        topic: Topic,
        key: Range<usize>,
        encode: impl FnOnce(&mut Vec<u8>),
    ) {
        let start = self.bytes.len();
        encode(&mut self.bytes);
        let span = RecordSpan {
            topic,
            key: range(start + key.start..start + key.end),
            value: range(start..self.bytes.len()),
        };
        self.spans.push(span);
    }
}

impl RecordSource for RecordBatch {
    /// The few records about everybody go first, so that they need not wait for the many about one each.
    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let is_price = |span: &&RecordSpan| span.topic == PriceUpdate::TOPIC;
        let others = self.spans.iter().filter(move |span| !is_price(span));
        let prices = self.spans.iter().filter(is_price);
        others.chain(prices).map(|span| Record {
            topic: span.topic,
            key: Some(&self.bytes[span.key.start as usize..span.key.end as usize]),
            value: Some(&self.bytes[span.value.start as usize..span.value.end as usize]),
            headers: None,
        })
    }
}

fn range(range: Range<usize>) -> Range<u32> {
    let narrow = |at: usize| u32::try_from(at).expect("BUG: 4 GiB of records don't fit a function");
    narrow(range.start)..narrow(range.end)
}
