use axum::http::HeaderValue;

use super::*;

fn local(headers: &[(&'static str, &'static str)]) -> bool {
    let headers = headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
        .collect();
    is_local(&headers)
}

#[test]
fn clients_on_this_machine_are_let_in() {
    assert!(local(&[("host", "127.0.0.1:8001")]));
    assert!(local(&[("host", "localhost:8001")]));
    assert!(local(&[("host", "[::1]:8001")]));
    assert!(local(&[
        ("host", "localhost:8001"),
        ("origin", "http://localhost:8001")
    ]));
}

#[test]
fn foreign_pages_are_kept_out() {
    assert!(!local(&[]));
    assert!(!local(&[("host", "evil.example:8001")]));
    assert!(!local(&[("host", "127.0.0.1.evil.example")]));
    assert!(!local(&[
        ("host", "127.0.0.1:8001"),
        ("origin", "https://evil.example")
    ]));
    assert!(!local(&[("host", "127.0.0.1:8001"), ("origin", "null")]));
}
