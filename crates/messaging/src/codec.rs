//! The wire format of every topic: JSON, snake_case, times in RFC 3339 (UTC), money as decimal strings. A topic is one
//! file: its name, its key and its value.
//!
//! Decoding is strict about what it needs and blind to what it doesn't: a field that is missing or wrong is
//! an error that says why, a field unknown to this version is passed over, so that producers can be
//! deployed before their consumers.

mod dead_letter;
mod error;
mod market;
mod payload;
mod price;
mod registered;
mod snapshot;
mod topic_names;

use app::ticks::Registration;
use domain::market::Summary;
use domain::{PriceUpdate, Snapshot};

pub use dead_letter::DeadLetter;
pub use error::DecodeError;
pub use payload::Payload;
pub use price::PriceEncoder;
pub use topic_names::TopicNames;

/// A topic, as `template.yaml` declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Topic(&'static str);

impl Topic {
    /// All of them.
    pub const ALL: &[Self] = &[
        PriceUpdate::TOPIC,
        Summary::TOPIC,
        Registration::TOPIC,
        Snapshot::TOPIC,
        DeadLetter::TOPIC,
    ];

    /// The name in Kafka, but for the prefix that [`TopicNames`] may give it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// The topic with this name, without prefix.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|topic| topic.name() == name)
    }
}

#[cfg(test)]
mod tests;
