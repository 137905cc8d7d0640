//! Who may ask the console and the local AWS services: this machine, and no foreign web page. A page can reach 127.0.0.1 by a
//! name of its own (DNS rebinding, seen in `Host`), or ask across origins (seen in `Origin`).

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::{HOST, HeaderName, ORIGIN};
use axum::http::uri::Authority;

#[cfg(test)]
mod tests;

/// The names by which clients may call this machine.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clients {
    /// Beside the loopback names and addresses.
    allowed: Vec<String>,
}

impl Clients {
    /// Those that call it by a loopback name or address, or by one of `allowed`.
    pub(crate) fn calling(allowed: Vec<String>) -> Self {
        Self { allowed }
    }

    /// Whether a request with these headers is answered.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> bool {
        let Some(Some(host)) = only(headers, HOST) else {
            return false;
        };
        let is_own = match only(headers, ORIGIN) {
            Some(Some(origin)) => origin
                .split_once("://")
                .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host)),
            Some(None) => true,
            None => false,
        };
        is_own && self.is_ours(host)
    }

    fn is_ours(&self, authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else {
            return false;
        };
        let host = authority.host().trim_matches(['[', ']']);
        let address = host.parse::<IpAddr>();
        let is_named = |name: &str| host.eq_ignore_ascii_case(name);
        is_named("localhost")
            || address.is_ok_and(|address| address.is_loopback())
            || self.allowed.iter().any(|name| is_named(name))
    }
}

/// The one value of a header, if it has one; nothing if it has several, or one that is no text.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<Option<&str>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return None;
    }
    match first {
        Some(value) => value.to_str().ok().map(Some),
        None => Some(None),
    }
}
