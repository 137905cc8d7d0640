//! What goes wrong, as REST clients see it: `application/problem+json` (RFC 9457).
//!
//! This is the one place where an error becomes an HTTP status, and where its causes are logged, once.
//! Clients see stable text; `type` is what programs should look at.

use app::{Causes, Error, FieldError};
use domain::alert::Alert;
use http::StatusCode;
use serde::Serialize;

use crate::request_error::RequestError;

/// The challenge of every 401, as RFC 9110 and RFC 6750 want it. Behind API Gateway's REST API clients
/// see the header as `x-amzn-Remapped-WWW-Authenticate`.
const CHALLENGE: &str = "Bearer realm=\"fastfusion\"";
/// After how many seconds a client may ask again when a part of ours is unavailable.
const RETRY_SECS: u64 = 1;

/// What went wrong (RFC 9457). What API Gateway itself refuses may lack `status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(extend("required" = ["type", "title", "detail"])))]
pub struct Problem {
    /// Stable; for programs.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uri-reference")))]
    kind: &'static str,
    title: &'static str,
    #[cfg_attr(feature = "openapi", schemars(range(min = 400, max = 599)))]
    status: u16,
    detail: String,
    /// Every field or parameter that can't be accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<BadField>,
    #[serde(skip)]
    retry_after_secs: Option<u64>,
}

/// A field or parameter that can't be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "openapi", schemars(deny_unknown_fields, inline))]
struct BadField {
    field: String,
    detail: String,
}

impl Problem {
    /// The `type`, which is stable, and what it means.
    #[cfg(feature = "openapi")]
    pub(crate) fn headline(&self) -> String {
        format!("`{}`: {}.", self.kind, self.title)
    }

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

    /// What happened as a word for programs, the last part of the type: `EMAIL_TAKEN`.
    #[must_use]
    pub fn code(&self) -> String {
        let word = self.kind.rsplit('/').next().unwrap_or_default();
        word.replace('-', "_").to_ascii_uppercase()
    }

    /// What happened in one line for people.
    #[must_use]
    pub fn message(&self) -> String {
        format!("{}. {}", self.title, self.detail)
    }

    /// The fields that can't be accepted, each with what is wrong with it.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let errors = self.errors.iter();
        errors.map(|error| (error.field.as_str(), error.detail.as_str()))
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

    /// That a page of another site sent a request which a cookie alone must not let it send.
    #[must_use]
    pub fn cross_site() -> Self {
        Self::new(
            "/problems/cross-site",
            StatusCode::FORBIDDEN,
            "Pages of other sites may not do this",
            "Send the request from a page of the same origin.",
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

/// A problem that is always said in the same words.
struct Known {
    kind: &'static str,
    status: StatusCode,
    title: &'static str,
    detail: &'static str,
}

impl Known {
    const EMAIL_TAKEN: Self = Self {
        kind: "/problems/email-taken",
        status: StatusCode::CONFLICT,
        title: "The email address is already registered",
        detail: "Log in, or register with another email address.",
    };
    const INVALID_CREDENTIALS: Self = Self {
        kind: "/problems/invalid-credentials",
        status: StatusCode::UNAUTHORIZED,
        title: "The email address or the password is wrong",
        detail: "Check both and try again.",
    };
    const FORBIDDEN: Self = Self {
        kind: "/problems/forbidden",
        status: StatusCode::FORBIDDEN,
        title: "You may not see or do this",
        detail: "Your own data is open to you; other people's takes the role of an admin.",
    };
    const USER_NOT_FOUND: Self = Self {
        kind: "/problems/user-not-found",
        status: StatusCode::NOT_FOUND,
        title: "There is no such user",
        detail: "No user has this id.",
    };
    const SNAPSHOT_NOT_FOUND: Self = Self {
        kind: "/problems/snapshot-not-found",
        status: StatusCode::NOT_FOUND,
        title: "There is no such snapshot",
        detail: "You have no snapshot with this id.",
    };
    const ALERT_NOT_FOUND: Self = Self {
        kind: "/problems/alert-not-found",
        status: StatusCode::NOT_FOUND,
        title: "There is no such alert",
        detail: "You have no alert with this id.",
    };
    const WRONG_PASSWORD: Self = Self {
        kind: "/problems/wrong-password",
        status: StatusCode::FORBIDDEN,
        title: "The current password is wrong",
        detail: "Type the password that you log in with.",
    };
    const SESSION_ENDED: Self = Self {
        kind: "/problems/session-ended",
        status: StatusCode::UNAUTHORIZED,
        title: "There is no session, or it has ended",
        detail: "Log in again.",
    };
    const SESSION_NOT_FOUND: Self = Self {
        kind: "/problems/session-not-found",
        status: StatusCode::NOT_FOUND,
        title: "There is no such session",
        detail: "You have no session with this id.",
    };
    const ALERT_FIRING: Self = Self {
        kind: "/problems/alert-firing",
        status: StatusCode::CONFLICT,
        title: "The alert is firing at this moment",
        detail: "You are being notified that the price has crossed the threshold. Try again once the alert has fired.",
    };
    const NO_PHONE: Self = Self {
        kind: "/problems/no-phone",
        status: StatusCode::UNPROCESSABLE_ENTITY,
        title: "There is no telephone number to send text messages to",
        detail: "Give your profile one with PATCH /api/v1/users/me, or choose the channel email.",
    };
    const INTERNAL: Self = Self {
        kind: "/problems/internal",
        status: StatusCode::INTERNAL_SERVER_ERROR,
        title: "Something went wrong on our side",
        detail: "The request could not be answered. It has been logged.",
    };
}

impl From<Known> for Problem {
    fn from(known: Known) -> Self {
        Self::new(known.kind, known.status, known.title, known.detail)
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
            Error::EmailTaken => Known::EMAIL_TAKEN.into(),
            Error::InvalidCredentials => Known::INVALID_CREDENTIALS.into(),
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
            Error::Forbidden => Known::FORBIDDEN.into(),
            Error::UserNotFound => Known::USER_NOT_FOUND.into(),
            Error::SnapshotNotFound => Known::SNAPSHOT_NOT_FOUND.into(),
            Error::WrongPassword => Known::WRONG_PASSWORD.into(),
            Error::SessionEnded => Known::SESSION_ENDED.into(),
            Error::SessionNotFound => Known::SESSION_NOT_FOUND.into(),
            Error::AlertNotFound => Known::ALERT_NOT_FOUND.into(),
            Error::TooManyAlerts => Self::new(
                "/problems/too-many-alerts",
                StatusCode::CONFLICT,
                "You have as many alerts as one may have",
                format!(
                    "{} is the most, whatever their state: delete one, or arm one again.",
                    Alert::MAX_PER_USER
                ),
            ),
            Error::AlertFiring => Known::ALERT_FIRING.into(),
            Error::NoPhone => Known::NO_PHONE.into(),
            Error::Unavailable { .. } => Self::new(
                "/problems/unavailable",
                StatusCode::SERVICE_UNAVAILABLE,
                "The service is unavailable for the moment",
                "Try again shortly.",
            )
            .retry_after(RETRY_SECS),
            Error::Internal { .. } => Known::INTERNAL.into(),
        }
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        let detail = error.to_string();
        match error {
            RequestError::UnsupportedMediaType | RequestError::UnsupportedContentCoding => {
                Self::new(
                    "/problems/unsupported-media-type",
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "The content type is not supported",
                    detail,
                )
            }
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
            RequestError::RepeatedHeader(_) => Self::new(
                "/problems/repeated-header",
                StatusCode::BAD_REQUEST,
                "A header is there more than once",
                detail,
            ),
            RequestError::NotAcceptable => Self::new(
                "/problems/not-acceptable",
                StatusCode::NOT_ACCEPTABLE,
                "None of the formats asked for can be had",
                detail,
            ),
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
        | Error::Forbidden
        | Error::UserNotFound
        | Error::SnapshotNotFound
        | Error::WrongPassword
        | Error::SessionEnded
        | Error::SessionNotFound
        | Error::AlertNotFound
        | Error::TooManyAlerts
        | Error::AlertFiring
        | Error::NoPhone => tracing::info!(reason = %error, "a request was refused"),
    }
}

#[cfg(test)]
mod tests;
