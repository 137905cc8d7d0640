use std::error::Error as _;
use std::time::Duration;

use app::notifications::NotificationError;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// What a recipient who has had too many notifications is given if the service says nothing of when.
const USUAL_WAIT: Duration = Duration::from_secs(60);

/// How one attempt failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// The service can't be reached, or can't work now.
    #[error("the service is unavailable")]
    Unavailable(#[source] Status),
    /// It did not answer in time.
    #[error("no answer within {} ms", .0.as_millis())]
    NoAnswer(Duration),
    /// It does not accept our token, or does not know the call: nothing that passes while we wait.
    #[error("the service rejects our token or doesn't know the call")]
    Rejected(#[source] Status),
    /// The same notification is just being sent for somebody else.
    #[error("the same notification is being sent")]
    InProgress(Status, Duration),
    /// The recipient has had too many.
    #[error("the recipient has reached the limit of notifications")]
    RateLimited(Duration),
    /// It will never be accepted.
    #[error("the service refuses the notification")]
    Refused(#[source] Status),
    /// The service failed on it.
    #[error("the service failed")]
    Failed(#[source] Status),
}

impl CallError {
    pub(super) fn of(status: Status) -> Self {
        let retry_after = status
            .get_details_retry_info()
            .and_then(|info| info.retry_delay);
        match status.code() {
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => {
                Self::Unavailable(status)
            }
            Code::Aborted => Self::InProgress(status, retry_after.unwrap_or(USUAL_WAIT)),
            Code::ResourceExhausted => Self::RateLimited(retry_after.unwrap_or(USUAL_WAIT)),
            Code::Unauthenticated | Code::PermissionDenied | Code::Unimplemented => {
                Self::Rejected(status)
            }
            Code::InvalidArgument
            | Code::FailedPrecondition
            | Code::AlreadyExists
            | Code::NotFound
            | Code::OutOfRange => Self::Refused(status),
            // A status with a cause was made here, when the connection broke: the service said nothing.
            Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => {
                if status.source().is_some() {
                    Self::Unavailable(status)
                } else {
                    Self::Failed(status)
                }
            }
        }
    }

    pub(super) const fn no_answer(within: Duration) -> Self {
        Self::NoAnswer(within)
    }

    /// Whether another attempt may soon fare better.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::NoAnswer(_) | Self::InProgress(..) | Self::Failed(_) => {
                true
            }
            Self::Rejected(_) | Self::RateLimited(_) | Self::Refused(_) => false,
        }
    }

    /// After what time the service wants the next attempt, if it says so.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable(status) => status
                .get_details_retry_info()
                .and_then(|info| info.retry_delay),
            Self::InProgress(_, retry_after) => Some(*retry_after),
            Self::NoAnswer(_)
            | Self::Rejected(_)
            | Self::RateLimited(_)
            | Self::Refused(_)
            | Self::Failed(_) => None,
        }
    }
}

impl From<CallError> for NotificationError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::RateLimited(retry_after) => Self::RateLimited { retry_after },
            CallError::InProgress(_, retry_after) => Self::InProgress { retry_after },
            CallError::Refused(_) => Self::Refused(Box::new(error)),
            CallError::Failed(_) => Self::Failed(Box::new(error)),
            CallError::Unavailable(_) | CallError::NoAnswer(_) | CallError::Rejected(_) => {
                Self::Unavailable(Box::new(error))
            }
        }
    }
}
