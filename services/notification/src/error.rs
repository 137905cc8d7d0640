use std::time::Duration;

use app::FieldError;

/// The result of everything in this service.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that a call can fail with; `status` says what callers see.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The request breaks rules; every offending field is named.
    #[error("the request has {} invalid field(s)", .0.len())]
    Invalid(Vec<FieldError>),
    /// The key was used for another request.
    #[error("the idempotency key belongs to another notification")]
    KeyTaken,
    /// Another call is sending the same notification.
    #[error("the notification is being sent")]
    InProgress {
        /// When its outcome is known, or it is given up on.
        retry_after: Duration,
    },
    /// The recipient has got as much as it may.
    #[error("the recipient has reached the hourly limit of notifications")]
    LimitReached {
        /// When it may get more.
        retry_after: Duration,
    },
    /// The provider does not take this message, now or later.
    #[error("the provider refuses the message")]
    Refused,
    /// There is no notification with this key.
    #[error("there is no notification with this key")]
    NotFound,
    /// The caller has stopped waiting.
    #[error("the deadline has passed")]
    DeadlinePassed,
    /// A part can't be reached or is overloaded: worth retrying.
    #[error("{what} is unavailable")]
    Unavailable {
        /// The part.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something that should not happen.
    #[error("internal error: {what}")]
    Internal {
        /// What was being done.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What DynamoDB rejects, such as missing permissions, is no fault of the notification: nothing was decided, and a
/// repeat may succeed once an operator has mended it.
impl From<dynamodb::Error> for Error {
    fn from(error: dynamodb::Error) -> Self {
        match error {
            dynamodb::Error::Unavailable(source) | dynamodb::Error::Rejected(source) => {
                Self::Unavailable {
                    what: "DynamoDB",
                    source,
                }
            }
            dynamodb::Error::Unreadable { what, source } => Self::Internal { what, source },
        }
    }
}
