use domain::Tick;

use super::error::DecodeError;
use super::topic::Topic;

/// What the records of a topic hold.
pub trait FromRecord: Sized {
    /// The topic.
    const TOPIC: Topic;

    /// Decodes a record.
    ///
    /// # Errors
    /// Says what is wrong with it.
    fn from_record(key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Self, DecodeError>;

    /// The tick that it belongs to, if it belongs to one.
    fn tick(&self) -> Option<Tick> {
        None
    }
}
