use axum::http::HeaderValue;

use super::*;

fn admits(clients: &Clients, headers: &[(&'static str, &'static str)]) -> bool {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_static(value));
    }
    clients.admit(&map)
}

fn local(headers: &[(&'static str, &'static str)]) -> bool {
    admits(&Clients::default(), headers)
}

#[test]
fn clients_on_this_machine_are_let_in() {
    assert!(local(&[("host", "127.0.0.1:8001")]));
    assert!(local(&[("host", "localhost:8001")]));
    assert!(local(&[("host", "[::1]:8001")]));
    assert!(local(&[("host", "LOCALHOST")]));
    assert!(local(&[("host", "127.1.2.3")]));
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
    assert!(!local(&[("host", "localhost.evil.example")]));
    assert!(!local(&[("host", "localhost"), ("host", "evil.example")]));
    assert!(!local(&[("host", "192.168.1.1")]));
    assert!(!local(&[("host", "0.0.0.0:8001")]));
    // Another program of this machine serves these pages.
    assert!(!local(&[
        ("host", "localhost:8001"),
        ("origin", "http://localhost:3000")
    ]));
    assert!(!local(&[
        ("host", "localhost:8001"),
        ("origin", "http://127.0.0.1:8001")
    ]));
    assert!(!local(&[
        ("host", "localhost"),
        ("origin", "http://localhost"),
        ("origin", "http://evil.example")
    ]));
}

#[test]
fn names_that_are_allowed_are_let_in() {
    let clients = Clients::calling(vec!["host.docker.internal".to_owned()]);
    assert!(admits(&clients, &[("host", "host.docker.internal:8001")]));
    assert!(admits(&clients, &[("host", "Host.Docker.Internal")]));
    assert!(admits(&clients, &[("host", "127.0.0.1")]));
    assert!(!admits(&clients, &[("host", "docker.internal")]));
    let foreign = ("origin", "http://evil.example");
    let host = ("host", "host.docker.internal");
    assert!(!admits(&clients, &[host, foreign]));
}
