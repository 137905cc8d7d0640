//! `/_emulator`: what runs and what was sent, as pages and as JSON, and handles for tests: to invoke, to kill, and to
//! make sending fail.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde::Serialize;
use serde_json::{Value, json};

use crate::invoke::{Invoke, InvokeError};
use crate::kafka::{KafkaStatus, Triggers};
use crate::outbox::{Faults, Outbox};
use crate::runtime::{Pool, Services};
use crate::serve::{Answer, answer, json as json_answer};
use crate::websocket::WebSocketApi;

/// Path of the page, and prefix of everything below it.
pub const PATH: &str = "/_emulator";
/// Of the page that shows mails: they may bring styles and images of their own, and reach nothing else.
const OUTBOX_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                             img-src data:; connect-src 'self'";
const ROUTES: &str = "there are GET /_emulator, GET /_emulator/outbox, POST /_emulator/outbox/faults, \
                      POST /_emulator/functions/{name}/invoke or kill, POST /_emulator/services/{name}/kill";
const NOT_CAPTURED: &str =
    "SES and SNS are elsewhere (--deliver or --aws-endpoint): nothing is captured";
/// As large as an event may be.
const MAX_EVENT: usize = 6 * 1024 * 1024;

/// Where everything is to be found.
#[derive(Debug, Clone, Serialize)]
pub struct Addresses {
    /// Base URL of the REST API.
    pub rest: String,
    /// URL of the WebSocket API.
    pub websocket: Option<String>,
    /// This page.
    pub status: String,
    /// Kafka's bootstrap brokers.
    pub kafka: Option<String>,
    /// DynamoDB.
    pub dynamodb: Option<String>,
    /// Secrets Manager, SES and SNS, or whatever stands in for the other AWS services.
    pub aws: Option<String>,
    /// The page of what was sent, unless it really was.
    pub outbox: Option<String>,
    /// `@connections` of the WebSocket API.
    pub management: Option<String>,
}

/// Answers below `/_emulator`.
pub struct Status {
    /// The functions.
    pub pool: Arc<Pool>,
    /// The Kafka triggers, while they run.
    pub triggers: Arc<tokio::sync::RwLock<Option<Triggers>>>,
    /// The WebSocket API, if there is one.
    pub websocket: Option<WebSocketApi>,
    /// The services in containers.
    pub services: Arc<Services>,
    /// What was sent through SES and SNS, if it is captured.
    pub outbox: Option<Arc<Outbox>>,
    /// Where everything is.
    pub addresses: Addresses,
    /// When the emulator was started.
    pub started: Instant,
}

impl Status {
    /// Answers one request.
    pub async fn answer(&self, request: Request<Incoming>) -> Answer {
        let path = request.uri().path().trim_end_matches('/').to_owned();
        let rest = path.strip_prefix(PATH).unwrap_or_default();
        let segments: Vec<&str> = rest.split('/').skip(1).collect();
        if !segments.is_empty() && !is_local(request.headers()) {
            return problem(StatusCode::FORBIDDEN, "only for clients on this machine");
        }
        match (request.method(), segments.as_slice()) {
            (&Method::GET, []) => self.show(&request).await,
            (&Method::GET, ["outbox"]) => self.show_outbox(&request),
            (&Method::POST, ["outbox", "faults"]) => self.set_faults(request).await,
            (&Method::POST, ["functions", name, action @ ("invoke" | "kill")]) => {
                let Some(function) = self.pool.find(name) else {
                    return problem(StatusCode::NOT_FOUND, "there is no such function");
                };
                if *action == "kill" {
                    let killed = self.pool.kill(function).await;
                    json_answer(StatusCode::OK, &json!({ "killed": killed }))
                } else {
                    self.invoke(function, request).await
                }
            }
            (&Method::POST, ["services", name, "kill"]) => match self.services.kill(name).await {
                Some(killed) => json_answer(StatusCode::OK, &json!({ "killed": killed })),
                None => problem(StatusCode::NOT_FOUND, "there is no such service"),
            },
            _ => problem(StatusCode::NOT_FOUND, ROUTES),
        }
    }

    async fn show(&self, request: &Request<Incoming>) -> Answer {
        uncached(if wants_json(request) {
            json_answer(StatusCode::OK, &self.snapshot().await)
        } else {
            html(include_str!("page.html"))
        })
    }

    fn show_outbox(&self, request: &Request<Incoming>) -> Answer {
        let Some(outbox) = &self.outbox else {
            return problem(StatusCode::NOT_FOUND, NOT_CAPTURED);
        };
        if wants_json(request) {
            return uncached(json_answer(StatusCode::OK, &outbox.snapshot()));
        }
        let mut page = uncached(html(include_str!("outbox.html")));
        page.headers_mut().insert(
            http::header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(OUTBOX_POLICY),
        );
        page
    }

    async fn set_faults(&self, request: Request<Incoming>) -> Answer {
        let Some(outbox) = &self.outbox else {
            return problem(StatusCode::NOT_FOUND, NOT_CAPTURED);
        };
        let body = match Limited::new(request.into_body(), MAX_EVENT).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => return problem(StatusCode::PAYLOAD_TOO_LARGE, &error.to_string()),
        };
        match serde_json::from_slice::<Faults>(&body) {
            Ok(faults) => {
                outbox.set_faults(faults);
                json_answer(StatusCode::OK, &json!(faults))
            }
            Err(error) => problem(StatusCode::BAD_REQUEST, &error.to_string()),
        }
    }

    async fn snapshot(&self) -> Value {
        let kafka = match &*self.triggers.read().await {
            Some(triggers) => triggers.status().await,
            None => KafkaStatus::default(),
        };
        json!({
            "uptime_seconds": self.started.elapsed().as_secs(),
            "endpoints": self.addresses,
            "functions": self.pool.status(),
            "services": self.services.status(),
            "topics": kafka.topics,
            "triggers": kafka.triggers,
            "kafka_embedded": kafka.embedded,
            "kafka_error": kafka.error,
            "connections": self.websocket.as_ref().map(WebSocketApi::status),
        })
    }

    async fn invoke(&self, function: &str, request: Request<Incoming>) -> Answer {
        let event = match Limited::new(request.into_body(), MAX_EVENT).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) => return problem(StatusCode::PAYLOAD_TOO_LARGE, &error.to_string()),
        };
        let event = if event.is_empty() {
            Bytes::from_static(b"{}")
        } else {
            event
        };
        match self.pool.invoke(function, event).await {
            Ok(payload) => answer(StatusCode::OK, "application/json", payload),
            Err(error) => {
                let status = match error {
                    InvokeError::TimedOut { .. } => StatusCode::GATEWAY_TIMEOUT,
                    InvokeError::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
                    InvokeError::Failed { .. } | InvokeError::Crashed { .. } => {
                        StatusCode::BAD_GATEWAY
                    }
                    InvokeError::Stopping => StatusCode::SERVICE_UNAVAILABLE,
                };
                problem(status, &error.to_string())
            }
        }
    }
}

fn html(page: &'static str) -> Answer {
    answer(StatusCode::OK, "text/html; charset=utf-8", page)
}

fn uncached(mut answer: Answer) -> Answer {
    let no_store = HeaderValue::from_static("no-store");
    answer
        .headers_mut()
        .insert(http::header::CACHE_CONTROL, no_store);
    answer
}

fn problem(status: StatusCode, message: &str) -> Answer {
    json_answer(status, &json!({ "error": message }))
}

fn wants_json(request: &Request<Incoming>) -> bool {
    let query = request.uri().query().unwrap_or_default();
    match query
        .split('&')
        .find_map(|pair| pair.strip_prefix("format="))
    {
        Some(format) => format == "json",
        None => !request
            .headers()
            .get(http::header::ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html")),
    }
}

/// Whether a request comes from this machine and from no foreign web page: a page can reach 127.0.0.1
/// by a name of its own (DNS rebinding, seen in `Host`) or post across origins (seen in `Origin`).
fn is_local(headers: &HeaderMap) -> bool {
    let text = |name| match headers.get(name) {
        Some(value) => value.to_str().map(Some),
        None => Ok(None),
    };
    let host_is_local = matches!(text(http::header::HOST), Ok(Some(host)) if is_loopback(host));
    let origin_is_local = match text(http::header::ORIGIN) {
        Ok(None) => true,
        Ok(Some(origin)) => origin
            .split_once("://")
            .is_some_and(|(_, host)| is_loopback(host)),
        Err(_) => false,
    };
    host_is_local && origin_is_local
}

fn is_loopback(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<http::uri::Authority>() else {
        return false;
    };
    let host = authority.host().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
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
}
