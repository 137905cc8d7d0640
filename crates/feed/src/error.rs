use std::error::Error as StdError;
use std::fmt;

/// The result of the feed or of one of its ports.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the feed and its ports can fail with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller presented no valid token.
    #[error("not authenticated: {0}")]
    Unauthenticated(&'static str),
    /// A dependency can't be reached or is overloaded: worth retrying.
    #[error("{what} is unavailable")]
    Unavailable {
        /// The dependency, for example `DynamoDB`.
        what: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A bug or corrupt data: a stored item that can't be read, a request that a dependency rejects.
    #[error("internal error: {what}")]
    Internal {
        /// What was being done.
        what: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl Error {
    /// Whether the same call may succeed when it is made again.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// An error with the chain of its causes, for logs: each one's own words, joined by colons.
#[derive(Debug, Clone, Copy)]
pub struct Causes<'a>(pub &'a (dyn StdError + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
