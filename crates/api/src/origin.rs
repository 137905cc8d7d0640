//! Where a request comes from, whether it came through our CDN or not.

use std::net::{IpAddr, Ipv4Addr};

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use domain::Network;
use http::HeaderMap;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt};

#[cfg(test)]
mod tests;

/// By which the CDN proves that a request came through it. It replaces what a client has sent.
const PROOF: &str = "x-origin-verify";
/// The client's address as the CDN saw it.
const VIEWER: &str = "x-viewer-ip";

/// Tells where clients are. API Gateway sees the CDN's address of what comes through the CDN, which names the client's beside a secret;
/// what anybody says of themselves without that secret is not looked at.
pub struct Origin {
    secret: String,
}

impl Origin {
    /// Of the CDN that is known by this secret.
    #[must_use]
    pub fn known_by(secret: &str) -> Self {
        Self {
            // An operator's editor may have ended it with a line.
            secret: secret.trim_end().to_owned(),
        }
    }

    /// The network that a request comes from.
    #[must_use]
    pub fn network(&self, request: &Request) -> Network {
        let seen = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV1(context)) => context.identity.source_ip.as_deref(),
            _ => None,
        };
        self.network_of(request.headers(), seen)
    }

    /// The network that a connection is opened from. Messages have no headers: it is known at `$connect` alone.
    #[must_use]
    pub fn network_of_connection(&self, event: &ApiGatewayWebsocketProxyRequest) -> Network {
        let headers = match event.multi_value_headers.is_empty() {
            true => &event.headers,
            false => &event.multi_value_headers,
        };
        self.network_of(headers, event.request_context.identity.source_ip.as_deref())
    }

    fn network_of(&self, headers: &HeaderMap, seen: Option<&str>) -> Network {
        let viewer = only(headers, VIEWER).and_then(|address| address.parse().ok());
        match viewer {
            Some(viewer) if self.is_proven(headers) => Network::of(viewer),
            _ => network_of(seen),
        }
    }

    fn is_proven(&self, headers: &HeaderMap) -> bool {
        let proof = only(headers, PROOF).unwrap_or_default();
        verify_slices_are_equal(proof.as_bytes(), self.secret.as_bytes()).is_ok()
    }
}

/// The network of an address that API Gateway names.
#[must_use]
pub fn network_of(address: Option<&str>) -> Network {
    // API Gateway's own test console gives no address: all its requests count as one network.
    let address: Option<IpAddr> = address.and_then(|address| address.parse().ok());
    Network::of(address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    match values.next() {
        None => first.to_str().ok(),
        Some(_) => None,
    }
}
