//! The responses that many operations share, and those that are an operation's own.

use app::{Error, FieldError};
use serde_json::{Map, Value, json};

use super::components::reference;
use crate::problem::Problem;
use crate::rest::RequestError;

/// A response that many operations share.
pub(crate) struct Shared {
    pub(super) name: &'static str,
    pub(super) problem: fn() -> Problem,
    pub(super) when: &'static str,
}

pub(super) const BAD_REQUEST: Shared = Shared {
    name: "BadRequest",
    problem: || invalid("email", "is missing: expected a text"),
    when: "fields can't be accepted; `errors` names each. `/problems/malformed-json`: the \
           body is not JSON.",
};
pub(crate) const BAD_PARAMETERS: Shared = Shared {
    name: "BadParameters",
    problem: || {
        invalid(
            "from",
            "makes the range too long: expected at most 366 days up to `to`",
        )
    },
    when: "parameters can't be accepted or are not known; `errors` names each.",
};
pub(super) const UNAUTHENTICATED: Shared = Shared {
    name: "Unauthenticated",
    problem: || Error::Unauthenticated("the token has expired").into(),
    when: "there is no token, or it is not valid, or its user no longer exists.",
};
pub(crate) const FORBIDDEN: Shared = Shared {
    name: "Forbidden",
    problem: || Error::Forbidden.into(),
    when: "this takes the role `admin`.",
};
pub(crate) const USER_NOT_FOUND: Shared = Shared {
    name: "UserNotFound",
    problem: || Error::UserNotFound.into(),
    when: "there is no such user. Only admins are told.",
};
pub(crate) const NOT_ACCEPTABLE: Shared = Shared {
    name: "NotAcceptable",
    problem: || RequestError::NotAcceptable.into(),
    when: "`Accept` allows neither `application/json` nor `text/csv`.",
};
pub(super) const BODY_TOO_LARGE: Shared = Shared {
    name: "BodyTooLarge",
    problem: || RequestError::BodyTooLarge.into(),
    when: "a body may have at most 16 KiB.",
};
pub(super) const UNSUPPORTED_MEDIA_TYPE: Shared = Shared {
    name: "UnsupportedMediaType",
    problem: || RequestError::UnsupportedMediaType.into(),
    when: "a body must be `application/json` in UTF-8.",
};
pub(super) const INTERNAL: Shared = Shared {
    name: "Internal",
    problem: || {
        let (what, source) = ("not shown", "not shown".into());
        Error::Internal { what, source }.into()
    },
    when: "something went wrong on our side, and was logged.",
};
pub(crate) const UNAVAILABLE: Shared = Shared {
    name: "Unavailable",
    problem: || {
        let (what, source) = ("not shown", "not shown".into());
        Error::Unavailable { what, source }.into()
    },
    when: "something that the service depends on can't be reached or is overloaded.",
};

/// The response that a problem is. When it comes is said in words; everything else is in the problem.
pub(super) fn response(problem: &Problem, when: &str) -> Value {
    let mut headers = Map::new();
    if problem.challenge().is_some() {
        let header = reference("headers", "WwwAuthenticate");
        headers.insert("WWW-Authenticate".to_owned(), header);
    }
    if problem.retry_after_secs().is_some() {
        let header = reference("headers", "RetryAfter");
        headers.insert("Retry-After".to_owned(), header);
    }
    let schema = reference("schemas", "Problem");
    let mut response = json!({
        "description": format!("`{}`: {when}", problem.kind()),
        "content": {"application/problem+json": {"schema": schema, "example": problem}},
    });
    if !headers.is_empty() {
        response["headers"] = headers.into();
    }
    response
}

fn invalid(field: &str, detail: &str) -> Problem {
    let (field, detail) = (field.to_owned(), detail.to_owned());
    Error::Invalid(vec![FieldError { field, detail }]).into()
}
