//! What went wrong in DynamoDB, and what is worth another try.

use std::time::Duration;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use feed::Error;

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
pub(crate) fn fault<E>(error: SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
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

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::error::ErrorMetadata;
    use aws_sdk_dynamodb::operation::get_item::GetItemError;

    use super::*;

    fn answered(status: u16, code: Option<&str>) -> Error {
        let mut metadata = ErrorMetadata::builder();
        if let Some(code) = code {
            metadata = metadata.code(code);
        }
        let response = HttpResponse::new(status.try_into().unwrap(), "".into());
        let error = GetItemError::generic(metadata.build());
        fault(SdkError::service_error(error, response))
    }

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        for passing in [
            answered(400, Some("ThrottlingException")),
            answered(500, Some("InternalServerError")),
            answered(503, None),
        ] {
            assert!(matches!(passing, Error::Unavailable { .. }), "{passing:?}");
        }
        for lasting in [
            answered(400, Some("ValidationException")),
            answered(400, None),
        ] {
            assert!(matches!(lasting, Error::Internal { .. }), "{lasting:?}");
        }
    }
}
