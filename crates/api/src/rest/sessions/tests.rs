use domain::UserId;
use domain::session::Sessions;
use http::StatusCode;

use super::*;
use crate::rest::Responder;

const NOW: u64 = 1_767_225_600_000;
const DAY: u64 = 24 * 3_600_000;

fn cookie(security: CookieSecurity) -> SessionCookie {
    SessionCookie {
        key: RefreshKey::new(&[7; 64]),
        security,
    }
}

fn claim(counter: u32) -> RefreshClaim {
    RefreshClaim {
        user_id: UserId::generate(NOW, &[1; 10]),
        session: SessionId::generate(NOW, &[2; 10]),
        counter,
    }
}

fn set(cookie: &SessionCookie, now_ms: u64) -> String {
    let mut response = Responder::new(HeaderValue::from_static("*")).no_content();
    cookie.write(&mut response, &claim(1), now_ms);
    response.headers()[SET_COOKIE].to_str().unwrap().to_owned()
}

fn request(headers: &[(&str, &str)]) -> Request {
    let mut request = http::Request::builder();
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from("{}")).unwrap()
}

#[test]
fn the_cookie_is_for_browsers_alone_and_lives_as_long_as_the_session() {
    let cookie = cookie(CookieSecurity::Secure);
    let text = set(&cookie, NOW);
    let (value, attributes) = text.split_once("; ").unwrap();
    assert_eq!(value.len(), "refresh_token=".len() + 91);
    insta::assert_snapshot!(attributes, @"HttpOnly; SameSite=Strict; Secure; Path=/api/v1/users; Max-Age=2592000");
    let late = set(&cookie, NOW + 179 * DAY);
    assert!(late.ends_with("Max-Age=86400"), "{late}");
}

#[test]
fn on_one_machine_it_goes_without_tls() {
    let text = set(&cookie(CookieSecurity::Plain), NOW);
    assert!(!text.contains("Secure"), "{text}");
}

#[test]
fn what_was_written_is_read_among_other_cookies() {
    let cookie = cookie(CookieSecurity::Secure);
    let text = set(&cookie, NOW);
    let value = text.split(';').next().unwrap();
    for header in [
        value.to_owned(),
        format!("theme=dark; {value}; refresh_token=other"),
        format!("refresh_token=other; {value}"),
    ] {
        let request = request(&[("cookie", &header)]);
        assert_eq!(cookie.read(&request), Some(claim(1)), "{header}");
    }
    for header in ["", "theme=dark", "refresh_token=", "refresh_token=nonsense"] {
        assert_eq!(cookie.read(&request(&[("cookie", header)])), None);
    }
    assert_eq!(cookie.read(&request(&[])), None);
}

#[test]
fn the_cookie_is_taken_back() {
    let mut response = Responder::new(HeaderValue::from_static("*")).no_content();
    cookie(CookieSecurity::Secure).remove(&mut response);
    let text = response.headers()[SET_COOKIE].to_str().unwrap();
    insta::assert_snapshot!(text, @"refresh_token=; HttpOnly; SameSite=Strict; Secure; Path=/api/v1/users; Max-Age=0");
}

#[test]
fn pages_of_other_origins_are_refused() {
    let json = ("content-type", "application/json");
    for headers in [
        &[json][..],
        &[json, ("sec-fetch-site", "same-origin")],
        &[json, ("origin", "https://a.example"), ("host", "a.example")],
        &[
            json,
            ("origin", "http://127.0.0.1:8001"),
            ("host", "127.0.0.1:8001"),
        ],
    ] {
        assert!(cookie_request(&request(headers)).is_ok(), "{headers:?}");
    }
    for headers in [
        &[json, ("sec-fetch-site", "same-site")][..],
        &[json, ("sec-fetch-site", "cross-site")],
        &[json, ("sec-fetch-site", "none")],
        &[
            json,
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://a.example"),
            ("host", "a.example"),
        ],
        &[json, ("origin", "https://b.example"), ("host", "a.example")],
        &[
            json,
            ("origin", "http://a.example:81"),
            ("host", "a.example"),
        ],
        &[json, ("origin", "null"), ("host", "a.example")],
        &[json, ("origin", "https://a.example")],
    ] {
        let refused = cookie_request(&request(headers)).unwrap_err();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{headers:?}");
    }
    for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let refused = cookie_request(&request(&[("content-type", content_type)])).unwrap_err();
        assert_eq!(refused.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}

#[test]
fn sessions_are_shown_with_the_clients_own() {
    let mut sessions = Sessions::default();
    sessions.begin(SessionId::generate(NOW, &[2; 10]), NOW);
    sessions.begin(SessionId::generate(NOW + DAY, &[3; 10]), NOW + DAY);
    let body = SessionsBody::of(&sessions.active(NOW + DAY), Some(claim(0).session));
    insta::assert_json_snapshot!(body, @r#"
    {
      "sessions": [
        {
          "id": "019b76da-a800-7202-8202-020202020202",
          "created_at": "2026-01-01T00:00:00Z",
          "last_used_at": "2026-01-01T00:00:00Z",
          "ends_at": "2026-01-31T00:00:00Z",
          "current": true
        },
        {
          "id": "019b7c01-0400-7303-8303-030303030303",
          "created_at": "2026-01-02T00:00:00Z",
          "last_used_at": "2026-01-02T00:00:00Z",
          "ends_at": "2026-02-01T00:00:00Z",
          "current": false
        }
      ]
    }
    "#);
}
