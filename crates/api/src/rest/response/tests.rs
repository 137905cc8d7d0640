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
            "access-control-expose-headers": "Link, Location, Retry-After, WWW-Authenticate",
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
            "access-control-expose-headers": "Link, Location, Retry-After, WWW-Authenticate",
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

/// A table of one row, with more to come.
#[derive(Serialize)]
struct Short {
    price: &'static str,
}

impl Table for Short {
    fn to_csv(&self) -> String {
        format!("price\r\n{}\r\n", self.price)
    }

    fn next_query(&self) -> Option<String> {
        Some("limit=1&cursor=abc".to_owned())
    }
}

#[test]
fn a_table_comes_in_either_format_and_says_where_it_goes_on() {
    let table = Short { price: "1.00" };
    let response = responder("https://example.com").table(Format::Csv, &table);
    insta::assert_debug_snapshot!(response, @r#"
    Response {
        status: 200,
        version: HTTP/1.1,
        headers: {
            "content-type": "text/csv; charset=utf-8",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
            "access-control-allow-origin": "https://example.com",
            "access-control-expose-headers": "Link, Location, Retry-After, WWW-Authenticate",
            "vary": "Origin",
            "vary": "Accept",
            "link": "<?limit=1&cursor=abc>; rel=\"next\"",
        },
        body: Text(
            "price\r\n1.00\r\n",
        ),
    }
    "#);
    let response = responder("*").table(Format::Json, &table);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    assert_eq!(response.headers()[VARY], "Accept");
    assert_eq!(
        response.headers()[LINK],
        "<?limit=1&cursor=abc>; rel=\"next\""
    );
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
