/// The result of a use case or a port.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One field of a request that can't be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field as the client named it, for example `email`.
    pub field: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

/// Everything that a use case can fail with. Each transport maps it to its own status, once.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request breaks rules; every offending field is named.
    #[error("the request has {} invalid field(s)", .0.len())]
    Invalid(Vec<FieldError>),
    /// Another user has registered with this email address.
    #[error("the email address is already registered")]
    EmailTaken,
    /// No user has this email address, or the password is wrong: deliberately not told apart.
    #[error("the email address or the password is wrong")]
    InvalidCredentials,
    /// Somebody who is logged in does not know the password that they want to change.
    #[error("the current password is wrong")]
    WrongPassword,
    /// Too many failed attempts; the next one is welcome after this many seconds.
    #[error("too many attempts, retry after {retry_after_secs} s")]
    TooManyAttempts {
        /// Seconds to wait.
        retry_after_secs: u64,
    },
    /// The caller presented no valid token.
    #[error("not authenticated: {0}")]
    Unauthenticated(&'static str),
    /// The caller is known, and may not do this.
    #[error("the caller may not do this")]
    Forbidden,
    /// There is no such user.
    #[error("there is no such user")]
    UserNotFound,
    /// The caller has no such snapshot.
    #[error("the caller has no such snapshot")]
    SnapshotNotFound,
    /// The session has ended: the user has to log in again.
    #[error("the session has ended")]
    SessionEnded,
    /// The caller has no such session.
    #[error("the caller has no such session")]
    SessionNotFound,
    /// The caller has no such alert.
    #[error("the caller has no such alert")]
    AlertNotFound,
    /// The caller has as many alerts as anybody may have.
    #[error("the caller has {} alerts", domain::alert::Alert::MAX_PER_USER)]
    TooManyAlerts,
    /// The price has crossed the alert's threshold, and the user is just being told.
    #[error("the alert is firing")]
    AlertFiring,
    /// The caller wants text messages and has no telephone number.
    #[error("the caller has no telephone number")]
    NoPhone,
    /// A part that the use case needs can't be reached or is overloaded: worth retrying.
    #[error("{what} is unavailable")]
    Unavailable {
        /// The part, for example `DynamoDB`.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something that should not happen: stored data that can't be read, a refused request of ours.
    #[error("internal error: {what}")]
    Internal {
        /// What was being done.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// The token is valid, and its user has been deleted.
    pub const USER_GONE: Self = Self::Unauthenticated("the token's user no longer exists");

    /// Whether the same call may succeed if it is made again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::TooManyAttempts { .. } => true,
            Self::Invalid(_)
            | Self::EmailTaken
            | Self::InvalidCredentials
            | Self::Unauthenticated(_)
            | Self::Forbidden
            | Self::UserNotFound
            | Self::SnapshotNotFound
            | Self::WrongPassword
            | Self::SessionEnded
            | Self::SessionNotFound
            | Self::AlertNotFound
            | Self::TooManyAlerts
            | Self::AlertFiring
            | Self::NoPhone
            | Self::Internal { .. } => false,
        }
    }
}

impl From<feed::Error> for Error {
    fn from(error: feed::Error) -> Self {
        match error {
            feed::Error::Unauthenticated(reason) => Self::Unauthenticated(reason),
            feed::Error::Unavailable { what, source } => Self::Unavailable { what, source },
            feed::Error::Internal { what, source } => Self::Internal { what, source },
        }
    }
}

/// What the feed is told where something of this crate stands behind one of its ports.
impl From<Error> for feed::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Unauthenticated(reason) => Self::Unauthenticated(reason),
            Error::Unavailable { what, source } => Self::Unavailable { what, source },
            error => Self::Internal {
                what: "what the feed asked for",
                source: Box::new(error),
            },
        }
    }
}
