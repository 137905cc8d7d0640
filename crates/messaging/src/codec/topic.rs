/// The key of every market summary.
pub const MARKET_KEY: &str = "market";

/// The topics, as `template.yaml` declares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// One record for each shareholder and tick, keyed by user id.
    PriceUpdate,
    /// One record for each new user, keyed by user id.
    UserRegistered,
    /// One record for each snapshot that a user asks for, keyed by user id.
    SnapshotRequested,
    /// One record for each tick, keyed [`MARKET_KEY`].
    MarketSummary,
    /// Records that could not be decoded, as they came, with [`dead_letter_headers`].
    DeadLetter,
}

impl Topic {
    /// All topics.
    pub const ALL: [Self; 5] = [
        Self::PriceUpdate,
        Self::UserRegistered,
        Self::SnapshotRequested,
        Self::MarketSummary,
        Self::DeadLetter,
    ];

    /// The name in Kafka.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PriceUpdate => "user.price.update",
            Self::UserRegistered => "user.registered",
            Self::SnapshotRequested => "user.snapshot.requested",
            Self::MarketSummary => "market.summary",
            Self::DeadLetter => "dead.letter",
        }
    }

    /// The topic with this name in Kafka.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}

/// The headers of a record on [`Topic::DeadLetter`]; all values are UTF-8 text.
pub mod dead_letter_headers {
    /// Why the record could not be decoded.
    pub const REASON: &str = "dead-letter-reason";
    /// The topic that the record came from.
    pub const SOURCE_TOPIC: &str = "source-topic";
    /// Its partition there.
    pub const SOURCE_PARTITION: &str = "source-partition";
    /// Its offset there.
    pub const SOURCE_OFFSET: &str = "source-offset";
    /// The function that gave it up.
    pub const FAILED_FUNCTION: &str = "failed-function";
}
