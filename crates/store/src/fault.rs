//! What went wrong in DynamoDB, in the words of `app`, and what is worth another try.

use std::time::Duration;

use app::Error;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// How often a request that met a transaction is tried.
pub(crate) const ATTEMPTS: u32 = 8;
/// The longest first pause; it doubles each time.
const FIRST_PAUSE_MS: u64 = 10;

/// Codes of faults that pass; the SDK has retried them already where it could.
const PASSING: &[&str] = &[
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Turns a failure of the SDK into one of the application's.
pub(crate) fn fault<E, R>(error: SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let passes = match &error {
        SdkError::ServiceError(service) => service
            .err()
            .code()
            .is_some_and(|code| PASSING.contains(&code)),
        SdkError::ConstructionFailure(_) => false,
        _ => true,
    };
    let source = Box::new(error);
    if passes {
        Error::Unavailable {
            what: "DynamoDB",
            source,
        }
    } else {
        Error::Internal {
            what: "a request to DynamoDB",
            source,
        }
    }
}

/// Something stored that can't be read back.
pub(crate) fn unreadable(what: &'static str) -> Error {
    Error::Internal {
        what: "reading the feed table",
        source: what.into(),
    }
}

/// DynamoDB kept us waiting too long.
pub(crate) fn exhausted(what: &'static str) -> Error {
    Error::Unavailable {
        what: "DynamoDB",
        source: what.into(),
    }
}

/// Whether a single write was refused because a transaction held the item.
pub(crate) fn is_conflict<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.code() == Some("TransactionConflictException")
}

/// Waits before try number `attempt` (1 is the second): full jitter, so that writers that met once
/// don't meet again.
pub(crate) async fn pause(attempt: u32) {
    let longest = FIRST_PAUSE_MS << attempt.min(6);
    tokio::time::sleep(Duration::from_millis(rand::random_range(1..=longest))).await;
}
