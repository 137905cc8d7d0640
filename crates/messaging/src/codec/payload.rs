use domain::Tick;

use super::Topic;
use super::error::DecodeError;

/// What the records of a topic hold: all that its producers and consumers need to know of it.
pub trait Payload: Sized {
    /// The topic.
    const TOPIC: Topic;

    /// Appends the key, which decides the partition.
    fn encode_key(&self, out: &mut Vec<u8>);

    /// Appends the value.
    fn encode_value(&self, out: &mut Vec<u8>);

    /// Reads a record: key and value as they are encoded here, up to the order of fields, white space and fields
    /// added later.
    ///
    /// # Errors
    /// Says what is wrong with the record.
    fn decode(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Self, DecodeError>;

    /// The tick that it belongs to, if it belongs to one.
    fn tick(&self) -> Option<Tick> {
        None
    }
}
