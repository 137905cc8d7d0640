//! What goes wrong, as REST clients see it: `application/problem+json` (RFC 9457).
//!
//! This is the one place where an error becomes an HTTP status, and where its causes are logged, once.
//! Clients see stable text; `type` is what programs should look at.

use app::{Causes, Error, FieldError};
use domain::alert::Alert;
use http::StatusCode;
use serde::Serialize;

use crate::rest::RequestError;

/// The challenge of every 401, as RFC 9110 and RFC 6750 want it. Behind API Gateway's REST API clients
/// see the header as `x-amzn-Remapped-WWW-Authenticate`.
const CHALLENGE: &str = "Bearer realm=\"fastfusion\"";
/// After how many seconds a client may ask again when a part of ours is unavailable.
const RETRY_SECS: u64 = 1;

/// A problem, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<BadField>,
    #[serde(skip)]
    retry_after_secs: Option<u64>,
}

/// A field that can't be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct BadField {
    field: String,
    detail: String,
}

impl Problem {
    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).expect("BUG: made from a StatusCode")
    }

    /// After how many seconds to ask again, if that helps.
    #[must_use]
    pub const fn retry_after_secs(&self) -> Option<u64> {
        self.retry_after_secs
    }

    /// The `WWW-Authenticate` challenge, if the status needs one.
    #[must_use]
    pub fn challenge(&self) -> Option<&'static str> {
        (self.status() == StatusCode::UNAUTHORIZED).then_some(CHALLENGE)
    }

    /// That the service is not healthy, whatever the reason, which goes to the log.
    #[must_use]
    pub fn unhealthy(error: Error) -> Self {
        let what = "what the service stands on";
        Self::from(Error::Unavailable {
            what,
            source: Box::new(error),
        })
    }

    /// That a function got a request that is none of its routes'.
    #[must_use]
    pub fn no_such_route() -> Self {
        Self::new(
            "/problems/not-found",
            StatusCode::NOT_FOUND,
            "No such route",
            "There is no such path or method here.",
        )
    }

    fn new(
        kind: &'static str,
        status: StatusCode,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            title,
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_secs: None,
        }
    }

    fn retry_after(self, seconds: u64) -> Self {
        Self {
            retry_after_secs: Some(seconds),
            ..self
        }
    }

    fn validation(detail: &str, errors: Vec<FieldError>) -> Self {
        let errors = errors
            .into_iter()
            .map(|FieldError { field, detail }| BadField { field, detail })
            .collect();
        let title = "The request is not valid";
        Self {
            errors,
            ..Self::new(
                "/problems/validation",
                StatusCode::BAD_REQUEST,
                title,
                detail,
            )
        }
    }

    fn alert_not_found() -> Self {
        Self::new(
            "/problems/alert-not-found",
            StatusCode::NOT_FOUND,
            "There is no such alert",
            "You have no alert with this id.",
        )
    }

    fn too_many_alerts() -> Self {
        let most = Alert::MAX_PER_USER;
        Self::new(
            "/problems/too-many-alerts",
            StatusCode::CONFLICT,
            "You have as many alerts as one may have",
            format!("{most} is the most, whatever their state: delete one, or arm one again."),
        )
    }

    fn alert_firing() -> Self {
        Self::new(
            "/problems/alert-firing",
            StatusCode::CONFLICT,
            "The alert is just firing",
            "You are being told of the crossing. Try again once the alert has fired.",
        )
    }

    fn no_phone() -> Self {
        Self::new(
            "/problems/no-phone",
            StatusCode::UNPROCESSABLE_ENTITY,
            "There is no telephone number to send text messages to",
            "Give your profile one with PATCH /api/v1/users/me, or choose the channel email.",
        )
    }

    fn unauthenticated(detail: String) -> Self {
        let title = "A valid access token is needed";
        Self::new(
            "/problems/unauthenticated",
            StatusCode::UNAUTHORIZED,
            title,
            detail,
        )
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        log(&error);
        match error {
            Error::Invalid(errors) => Self::validation(
                "Some fields can't be accepted; `errors` names each.",
                errors,
            ),
            Error::EmailTaken => Self::new(
                "/problems/email-taken",
                StatusCode::CONFLICT,
                "The email address is already registered",
                "Log in, or register with another email address.",
            ),
            Error::InvalidCredentials => Self::new(
                "/problems/invalid-credentials",
                StatusCode::UNAUTHORIZED,
                "The email address or the password is wrong",
                "Check both and try again.",
            ),
            Error::TooManyAttempts { retry_after_secs } => Self::new(
                "/problems/too-many-attempts",
                StatusCode::TOO_MANY_REQUESTS,
                "Too many attempts",
                format!("Try again in {retry_after_secs} s."),
            )
            .retry_after(retry_after_secs),
            Error::Unauthenticated(reason) => {
                Self::unauthenticated(format!("The request was refused: {reason}."))
            }
            Error::UserNotFound(id) => Self::new(
                "/problems/user-not-found",
                StatusCode::NOT_FOUND,
                "There is no such user",
                format!("There is no user {id}."),
            ),
            Error::SnapshotNotFound => Self::new(
                "/problems/snapshot-not-found",
                StatusCode::NOT_FOUND,
                "There is no such snapshot",
                "You have no snapshot with this id.",
            ),
            Error::AlertNotFound => Self::alert_not_found(),
            Error::TooManyAlerts => Self::too_many_alerts(),
            Error::AlertFiring => Self::alert_firing(),
            Error::NoPhone => Self::no_phone(),
            Error::Unavailable { .. } => Self::new(
                "/problems/unavailable",
                StatusCode::SERVICE_UNAVAILABLE,
                "The service is unavailable for the moment",
                "Try again shortly.",
            )
            .retry_after(RETRY_SECS),
            Error::Internal { .. } => Self::new(
                "/problems/internal",
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong on our side",
                "The request could not be answered. It has been logged.",
            ),
        }
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        let detail = error.to_string();
        match error {
            RequestError::UnsupportedMediaType => Self::new(
                "/problems/unsupported-media-type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The content type is not supported",
                detail,
            ),
            RequestError::BodyTooLarge => Self::new(
                "/problems/body-too-large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "The body is too large",
                detail,
            ),
            RequestError::MalformedJson(_) => Self::new(
                "/problems/malformed-json",
                StatusCode::BAD_REQUEST,
                "The body is not JSON",
                detail,
            ),
            RequestError::NotAnObject => Self::validation(&detail, Vec::new()),
        }
    }
}

/// What a client did wrong is its own business; what we did goes to the log with its causes.
fn log(error: &Error) {
    match error {
        Error::Internal { .. } => tracing::error!(error = %Causes(error), "a request failed"),
        Error::Unavailable { .. } => tracing::warn!(error = %Causes(error), "a request failed"),
        Error::Invalid(_)
        | Error::EmailTaken
        | Error::InvalidCredentials
        | Error::TooManyAttempts { .. }
        | Error::Unauthenticated(_)
        | Error::UserNotFound(_)
        | Error::SnapshotNotFound
        | Error::AlertNotFound
        | Error::TooManyAlerts
        | Error::AlertFiring
        | Error::NoPhone => tracing::info!(reason = %error, "a request was refused"),
    }
}

#[cfg(test)]
mod tests;
