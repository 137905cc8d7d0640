use crate::limits::{MAX_OPERATION_BYTES, MESSAGE_WINDOW_MS, MESSAGES_TO_DISCONNECT};

/// What ends a connection. `Display` is what the client reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// No message of the protocol, or none that clients send.
    #[error("{0}")]
    BadMessage(String),
    /// The message is too long to be looked at.
    #[error("a message may have at most {MAX_OPERATION_BYTES} bytes")]
    MessageTooLarge,
    /// An operation before the connection was acknowledged.
    #[error("Unauthorized")]
    Unauthorized,
    /// The server does not know the connection any more.
    #[error("this connection is no longer known: connect again")]
    Unknown,
    /// The connection is initialised without a token, or with one that is not accepted.
    #[error("Forbidden: {0}")]
    Forbidden(&'static str),
    /// The connection was not initialised in time.
    #[error("Connection initialisation timeout")]
    InitialisationTimeout,
    /// An operation under an id that another one has.
    #[error("Subscriber for {0} already exists")]
    SubscriberExists(String),
    /// The connection was initialised before.
    #[error("Too many initialisation requests")]
    TooManyInitialisations,
    /// Far more messages than are accepted.
    #[error("more than {MESSAGES_TO_DISCONNECT} messages in {} seconds", MESSAGE_WINDOW_MS / 1000)]
    RateLimited,
    /// The user was deleted.
    #[error("Forbidden: the user was deleted")]
    Deleted,
}

impl Violation {
    /// The code with which the protocol closes the connection. Where it has none it is that of RFC 6455 for a broken
    /// rule.
    #[must_use]
    pub const fn close_code(&self) -> u16 {
        match self {
            Self::BadMessage(_) | Self::MessageTooLarge => 4400,
            Self::Unauthorized | Self::Unknown => 4401,
            Self::Forbidden(_) | Self::Deleted => 4403,
            Self::InitialisationTimeout => 4408,
            Self::SubscriberExists(_) => 4409,
            Self::TooManyInitialisations => 4429,
            Self::RateLimited => 1008,
        }
    }

    /// What it is as a word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadMessage(_) => "BAD_MESSAGE",
            Self::MessageTooLarge => "MESSAGE_TOO_LARGE",
            Self::Unauthorized | Self::Unknown => "UNAUTHORIZED",
            Self::Forbidden(_) | Self::Deleted => "FORBIDDEN",
            Self::InitialisationTimeout => "CONNECTION_INITIALISATION_TIMEOUT",
            Self::SubscriberExists(_) => "SUBSCRIBER_ALREADY_EXISTS",
            Self::TooManyInitialisations => "TOO_MANY_INITIALISATION_REQUESTS",
            Self::RateLimited => "RATE_LIMITED",
        }
    }
}
