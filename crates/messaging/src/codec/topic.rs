/// The key of every market summary.
pub const MARKET_KEY: &str = "market";

/// Declares the topics, each once.
macro_rules! topics {
    ($($(#[$doc:meta])* $topic:ident = $name:literal,)*) => {
        /// The topics, as `template.yaml` declares them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Topic {
            $($(#[$doc])* $topic,)*
        }

        impl Topic {
            /// In the order in which they are declared here.
            pub const ALL: &[Self] = &[$(Self::$topic,)*];

            /// The name in Kafka.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$topic => $name,)*
                }
            }
        }
    };
}

topics! {
    /// One record for each shareholder and tick, keyed by user id.
    PriceUpdate = "user.price.update",
    /// One record for each new user, keyed by user id.
    UserRegistered = "user.registered",
    /// One record for each snapshot that a user asks for, keyed by user id.
    SnapshotRequested = "user.snapshot.requested",
    /// One record for each tick, keyed [`MARKET_KEY`].
    MarketSummary = "market.summary",
    /// Records that could not be decoded, as they came, with [`dead_letter_headers`].
    DeadLetter = "dead.letter",
}

impl Topic {
    /// The topic with this name in Kafka.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|topic| topic.name() == name)
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
