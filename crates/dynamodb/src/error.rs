use std::error::Error as StdError;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// The result of a request to DynamoDB.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Codes of faults that pass; the SDK has retried them already where it could.
const PASSING: &[&str] = &[
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    CONFLICT,
    "TransactionInProgressException",
];
const CONFLICT: &str = "TransactionConflictException";

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// DynamoDB can't be reached, or is too busy: worth another try.
    #[error("DynamoDB is unavailable")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
    /// DynamoDB rejects the request, now and later.
    #[error("DynamoDB rejected a request")]
    Rejected(#[source] Box<dyn StdError + Send + Sync>),
    /// An item is not what it should be.
    #[error("{what}")]
    Unreadable {
        /// What was being done, for example `reading a profile`.
        what: &'static str,
        /// The attribute at fault; never its value, which may be personal.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl Error {
    /// An item that can't be read: `what` was being done, and `why` it failed.
    pub fn unreadable(what: &'static str, why: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Unreadable {
            what,
            source: why.into(),
        }
    }

    /// What was retried until the pauses were used up.
    pub(crate) fn busy(why: &'static str) -> Self {
        Self::Unavailable(why.into())
    }
}

impl<E> From<SdkError<E, HttpResponse>> for Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let passes = match &error {
            // What stands before DynamoDB answers without a code when it is overloaded.
            SdkError::ServiceError(service) => {
                let code = service.err().code();
                code.is_some_and(|code| PASSING.contains(&code))
                    || service.raw().status().is_server_error()
            }
            SdkError::ConstructionFailure(_) => false,
            _ => true,
        };
        if passes {
            Self::Unavailable(Box::new(error))
        } else {
            Self::Rejected(Box::new(error))
        }
    }
}

/// Whether a single write was refused because a transaction holds the item.
pub(crate) fn is_conflict<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.code() == Some(CONFLICT)
}

#[cfg(test)]
mod tests;
