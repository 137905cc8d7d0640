use domain::UserId;

use crate::limits::{MAX_MESSAGE_BYTES, MAX_SUBSCRIPTIONS, MESSAGE_WINDOW_MS, MESSAGES_PER_WINDOW};

/// Why a message of a client is refused. The connection stays open; `Display` is what the client reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The message is no JSON object with the fields that its `op` needs.
    #[error("{0}")]
    BadMessage(String),
    /// There is no such `op`.
    #[error("there is no op {0:?}: use auth, subscribe, unsubscribe, list or ping")]
    UnknownOp(String),
    /// The message is too long to be looked at.
    #[error("a message may have at most {MAX_MESSAGE_BYTES} bytes")]
    MessageTooLarge,
    /// The connection has not authenticated, or its token has expired.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The token is not accepted.
    #[error("{0}")]
    InvalidToken(&'static str),
    /// The connection has authenticated, and this token neither extends that nor is it the same user's.
    #[error(
        "this connection has authenticated: only a newer token of the same user is accepted on it"
    )]
    AlreadyAuthenticated,
    /// The subscription can't be as asked for.
    #[error("{0}")]
    InvalidSubscription(String),
    /// These users don't exist.
    #[error("there is no user {}", list(.0))]
    UnknownUsers(Vec<UserId>),
    /// The connection has a subscription with this id.
    #[error("this connection has a subscription with this id already: unsubscribe it first")]
    DuplicateSubscription,
    /// The connection has no subscription with this id.
    #[error("this connection has no subscription with this id")]
    UnknownSubscription,
    /// The connection has as many subscriptions as it may have.
    #[error("a connection may have at most {MAX_SUBSCRIPTIONS} subscriptions")]
    TooManySubscriptions,
    /// The system holds too many users for a subscription to all of them.
    #[error(
        "\"*\" is available up to {limit} users, and there are more: name the users, or use \"market\""
    )]
    MarketTooLarge {
        /// The largest number of users.
        limit: usize,
    },
    /// The connection sends more than it may.
    #[error(
        "at most {MESSAGES_PER_WINDOW} messages in {} seconds are accepted: slow down",
        MESSAGE_WINDOW_MS / 1000
    )]
    RateLimited,
    /// What comes of an operation is too large to be sent.
    #[error("the result has more than 128 KB: ask for less, or over HTTP")]
    ResultTooLarge,
    /// Something that the message needs doesn't work at the moment.
    #[error("this can't be done at the moment: try again")]
    Unavailable,
}

fn list(users: &[UserId]) -> String {
    users
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
