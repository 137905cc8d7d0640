use super::*;

fn check(problem: &Problem, status: u16, kind: &str) {
    let body = serde_json::to_value(problem).unwrap();
    assert_eq!(problem.status().as_u16(), status, "{body}");
    assert_eq!(
        (&body["type"], &body["status"]),
        (&kind.into(), &status.into())
    );
    assert_eq!(problem.challenge().is_some(), status == 401, "{body}");
    assert_eq!(
        problem.retry_after_secs().is_some(),
        [429, 503].contains(&status),
        "{body}"
    );
    assert!(!body.to_string().contains("the cause"), "{body}");
}

#[test]
fn every_error_has_its_type_and_status() {
    for (error, status, kind) in [
        (Error::Invalid(Vec::new()), 400, "/problems/validation"),
        (Error::EmailTaken, 409, "/problems/email-taken"),
        (
            Error::InvalidCredentials,
            401,
            "/problems/invalid-credentials",
        ),
        (
            Error::Unauthenticated("no token"),
            401,
            "/problems/unauthenticated",
        ),
        (Error::Forbidden, 403, "/problems/forbidden"),
        (Error::UserNotFound, 404, "/problems/user-not-found"),
        (Error::SnapshotNotFound, 404, "/problems/snapshot-not-found"),
        (Error::AlertNotFound, 404, "/problems/alert-not-found"),
        (Error::TooManyAlerts, 409, "/problems/too-many-alerts"),
        (Error::AlertFiring, 409, "/problems/alert-firing"),
        (Error::NoPhone, 422, "/problems/no-phone"),
    ] {
        check(&error.into(), status, kind);
    }
    let too_many = Error::TooManyAttempts {
        retry_after_secs: 7,
    };
    check(&too_many.into(), 429, "/problems/too-many-attempts");
}

#[test]
fn failures_of_ours_keep_their_causes_to_themselves() {
    let source = || "the cause".into();
    let down = || Error::Unavailable {
        what: "DynamoDB",
        source: source(),
    };
    let broken = || Error::Internal {
        what: "reading",
        source: source(),
    };
    check(&down().into(), 503, "/problems/unavailable");
    check(&broken().into(), 500, "/problems/internal");
    check(&Problem::unhealthy(broken()), 503, "/problems/unavailable");
}

#[test]
fn every_unreadable_request_has_its_type_and_status() {
    for (error, status, kind) in [
        (
            RequestError::UnsupportedMediaType,
            415,
            "/problems/unsupported-media-type",
        ),
        (RequestError::BodyTooLarge, 413, "/problems/body-too-large"),
        (
            RequestError::MalformedJson("no".to_owned()),
            400,
            "/problems/malformed-json",
        ),
        (RequestError::NotAnObject, 400, "/problems/validation"),
        (RequestError::NotAcceptable, 406, "/problems/not-acceptable"),
    ] {
        check(&error.into(), status, kind);
    }
}
