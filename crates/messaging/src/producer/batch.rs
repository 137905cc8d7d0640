use std::ops::Range;

use rdkafka::message::OwnedHeaders;

use crate::codec::Topic;

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
    slots: Vec<Slot>,
}

#[derive(Debug)]
struct Slot {
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
            slots: Vec::with_capacity(records),
        }
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Adds a record whose value `encode` appends.
    pub fn push(&mut self, topic: Topic, key: &[u8], encode: impl FnOnce(&mut Vec<u8>)) {
        let key_start = self.bytes.len();
        self.bytes.extend_from_slice(key);
        let value_start = self.bytes.len();
        encode(&mut self.bytes);
        let slot = Slot {
            topic,
            key: range(key_start..value_start),
            value: range(value_start..self.bytes.len()),
        };
        self.slots.push(slot);
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
        let slot = Slot {
            topic,
            key: range(start + key.start..start + key.end),
            value: range(start..self.bytes.len()),
        };
        self.slots.push(slot);
    }
}

impl RecordSource for RecordBatch {
    /// The few records about everybody go first, so that they need not wait for the many about one each.
    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let is_price = |slot: &&Slot| slot.topic == Topic::PriceUpdate;
        let others = self.slots.iter().filter(move |slot| !is_price(slot));
        let prices = self.slots.iter().filter(is_price);
        others.chain(prices).map(|slot| Record {
            topic: slot.topic,
            key: Some(&self.bytes[slot.key.start as usize..slot.key.end as usize]),
            value: Some(&self.bytes[slot.value.start as usize..slot.value.end as usize]),
            headers: None,
        })
    }
}

fn range(range: Range<usize>) -> Range<u32> {
    let narrow = |at: usize| u32::try_from(at).expect("BUG: 4 GiB of records don't fit a function");
    narrow(range.start)..narrow(range.end)
}
