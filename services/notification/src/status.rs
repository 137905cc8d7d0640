//! Errors as callers see them: a code, a stable text and the details that the code goes with.

use std::time::Duration;

use app::Causes;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::error::Error;

/// How soon to try again when a part is down.
const UNAVAILABLE_RETRY: Duration = Duration::from_secs(1);

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::Invalid(fields) => {
                let violations: Vec<FieldViolation> = fields
                    .into_iter()
                    .map(|field| FieldViolation::new(field.field, field.detail))
                    .collect();
                let details = ErrorDetails::with_bad_request(violations);
                Self::with_error_details(Code::InvalidArgument, text, details)
            }
            Error::KeyTaken => Self::already_exists(text),
            Error::InProgress { retry_after } => retry(Code::Aborted, text, retry_after),
            Error::LimitReached { retry_after } => {
                retry(Code::ResourceExhausted, text, retry_after)
            }
            Error::Refused => Self::failed_precondition(text),
            Error::NotFound => Self::not_found(text),
            Error::DeadlinePassed => Self::deadline_exceeded(text),
            Error::Unavailable { .. } => {
                tracing::warn!(error = %Causes(&error), "answering UNAVAILABLE, the caller should retry in a second");
                retry(Code::Unavailable, text, UNAVAILABLE_RETRY)
            }
            Error::Internal { .. } => {
                tracing::error!(error = %Causes(&error), "answering INTERNAL");
                Self::internal("internal error")
            }
        }
    }
}

fn retry(code: Code, text: String, after: Duration) -> Status {
    let details = ErrorDetails::with_retry_info(Some(after));
    Status::with_error_details(code, text, details)
}
