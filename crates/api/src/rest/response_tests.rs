use app::Error;

use super::super::HealthBody;
use super::*;

fn responder(origin: &'static str) -> Responder {
    Responder::new(HeaderValue::from_static(origin))
}

#[test]
fn a_success_is_json_that_nobody_keeps() {
    let response = responder("*").ok(StatusCode::OK, &HealthBody::OK);
    insta::assert_debug_snapshot!(response, @r#"
    Response {
        status: 200,
        version: HTTP/1.1,
        headers: {
            "content-type": "application/json",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "access-control-allow-origin": "*",
            "access-control-expose-headers": "Location, Retry-After, WWW-Authenticate",
        },
        body: Text(
            "{\"status\":\"ok\"}",
        ),
    }
    "#);
}

#[test]
fn a_problem_carries_its_headers() {
    let problem = Error::TooManyAttempts {
        retry_after_secs: 8,
    }
    .into();
    let response = responder("https://example.com").problem(&problem);
    insta::assert_debug_snapshot!(response, @r#"
    Response {
        status: 429,
        version: HTTP/1.1,
        headers: {
            "content-type": "application/problem+json",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "access-control-allow-origin": "https://example.com",
            "access-control-expose-headers": "Location, Retry-After, WWW-Authenticate",
            "vary": "Origin",
            "retry-after": "8",
        },
        body: Text(
            "{\"type\":\"/problems/too-many-attempts\",\"title\":\"Too many attempts\",\"status\":429,\"detail\":\"Try again in 8 s.\"}",
        ),
    }
    "#);
    let response = responder("*").answer(Err(Error::InvalidCredentials.into()));
    assert_eq!(
        response.headers()[WWW_AUTHENTICATE],
        "Bearer realm=\"fastfusion\""
    );
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
}

#[test]
fn what_may_be_kept_says_for_how_long() {
    let response = responder("*").cacheable(&HealthBody::OK, 300);
    assert_eq!(response.headers()[CACHE_CONTROL], "public, max-age=300");
}

#[test]
fn what_is_made_says_where_it_is_and_what_is_gone_says_nothing() {
    let response = responder("*").created("alerts/1", &HealthBody::OK);
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(response.headers()[LOCATION], "alerts/1");
    let response = responder("*").no_content();
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert!(matches!(response.body(), Body::Empty));
    assert!(!response.headers().contains_key(CONTENT_TYPE));
    assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
}
