use domain::UserId;

use super::*;

fn json(problem: impl Into<Problem>) -> serde_json::Value {
    serde_json::to_value(problem.into()).unwrap()
}

#[test]
fn bad_fields_are_named() {
    let errors = vec![
        FieldError {
            field: "email".to_owned(),
            detail: "is missing: expected a text".to_owned(),
        },
        FieldError {
            field: "admin".to_owned(),
            detail: "is not known".to_owned(),
        },
    ];
    insta::assert_json_snapshot!(json(Error::Invalid(errors)), @r#"
    {
      "detail": "Some fields can't be accepted; `errors` names each.",
      "errors": [
        {
          "detail": "is missing: expected a text",
          "field": "email"
        },
        {
          "detail": "is not known",
          "field": "admin"
        }
      ],
      "status": 400,
      "title": "The request is not valid",
      "type": "/problems/validation"
    }
    "#);
}

#[test]
fn every_error_has_its_type_and_status() {
    let source = || "the cause, which clients must not see".into();
    let cases: Vec<(Problem, u16, &str)> = vec![
        (
            Error::Invalid(Vec::new()).into(),
            400,
            "/problems/validation",
        ),
        (Error::EmailTaken.into(), 409, "/problems/email-taken"),
        (
            Error::InvalidCredentials.into(),
            401,
            "/problems/invalid-credentials",
        ),
        (
            Error::TooManyAttempts {
                retry_after_secs: 7,
            }
            .into(),
            429,
            "/problems/too-many-attempts",
        ),
        (
            Error::Unauthenticated("there is no token").into(),
            401,
            "/problems/unauthenticated",
        ),
        (
            Error::UserNotFound(UserId::generate(0, &[0; 10])).into(),
            404,
            "/problems/user-not-found",
        ),
        (
            Error::Unavailable {
                what: "DynamoDB",
                source: source(),
            }
            .into(),
            503,
            "/problems/unavailable",
        ),
        (
            Error::Internal {
                what: "reading",
                source: source(),
            }
            .into(),
            500,
            "/problems/internal",
        ),
        (
            RequestError::UnsupportedMediaType.into(),
            415,
            "/problems/unsupported-media-type",
        ),
        (
            RequestError::BodyTooLarge.into(),
            413,
            "/problems/body-too-large",
        ),
        (
            RequestError::MalformedJson("no".to_owned()).into(),
            400,
            "/problems/malformed-json",
        ),
        (
            RequestError::NotAnObject.into(),
            400,
            "/problems/validation",
        ),
        (
            Problem::unhealthy(Error::EmailTaken),
            503,
            "/problems/unavailable",
        ),
    ];
    for (problem, status, kind) in cases {
        let body = json(problem.clone());
        assert_eq!(
            (problem.status().as_u16(), &body["type"]),
            (status, &kind.into())
        );
        assert_eq!(body["status"], status);
        assert_eq!(problem.challenge().is_some(), status == 401);
        assert_eq!(
            problem.retry_after_secs().is_some(),
            [429, 503].contains(&status)
        );
        assert!(!body.to_string().contains("the cause"), "{body}");
    }
}

#[test]
fn a_reason_is_given_for_a_refused_token() {
    insta::assert_json_snapshot!(json(Error::Unauthenticated("the token has expired")), @r#"
    {
      "detail": "The request was refused: the token has expired.",
      "status": 401,
      "title": "A valid access token is needed",
      "type": "/problems/unauthenticated"
    }
    "#);
}
