use std::time::Duration;

use feed::PushError;
use http::{Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;

use super::signer::SignError;

/// One attempt, connecting included. API Gateway answers in a few milliseconds.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);
/// As much of an error's body as is read for its message.
const ERROR_BODY_LIMIT: usize = 2048;

/// How one attempt failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum PostError {
    #[error("the connection is gone")]
    Gone,
    #[error("API Gateway throttles posts to the connection")]
    Throttled,
    #[error("no answer within {} ms", ATTEMPT_TIMEOUT.as_millis())]
    Timeout,
    #[error("the request can't be signed")]
    Sign(#[from] SignError),
    #[error("the request failed before an answer came")]
    Transport(#[source] hyper_util::client::legacy::Error),
    #[error("the answer was {status}: {message}")]
    Status { status: StatusCode, message: String },
}

impl PostError {
    pub(super) async fn from_response(response: Response<Incoming>) -> Self {
        let status = response.status();
        match status {
            StatusCode::GONE => Self::Gone,
            StatusCode::TOO_MANY_REQUESTS => Self::Throttled,
            _ => Self::Status {
                status,
                message: error_message(response).await,
            },
        }
    }

    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Throttled | Self::Timeout | Self::Transport(_) => true,
            Self::Sign(error) => matches!(error, SignError::Credentials(_)),
            Self::Status { status, .. } => status.is_server_error(),
            Self::Gone => false,
        }
    }
}

impl From<PostError> for PushError {
    fn from(fault: PostError) -> Self {
        match fault {
            PostError::Gone => Self::Gone,
            PostError::Throttled => Self::Throttled,
            PostError::Timeout
            | PostError::Sign(_)
            | PostError::Transport(_)
            | PostError::Status { .. } => Self::Failed(Box::new(fault)),
        }
    }
}

/// What an error says about itself: its type header, and its body as far as it is short.
async fn error_message(response: Response<Incoming>) -> String {
    let kind = response.headers().get("x-amzn-errortype").cloned();
    let body = match Limited::new(response.into_body(), ERROR_BODY_LIMIT)
        .collect()
        .await
    {
        Ok(body) => body.to_bytes(),
        Err(error) => return format!("(its body can't be read: {error})"),
    };
    let body = String::from_utf8_lossy(&body);
    match kind.as_ref().and_then(|kind| kind.to_str().ok()) {
        Some(kind) => format!("{kind} {}", body.trim()),
        None => body.trim().to_owned(),
    }
}
