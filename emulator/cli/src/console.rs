//! `/_emulator`: what runs and what was sent, as pages and as JSON, the records of topics as they come, and injected faults: killed
//! processes, failing sends, rebalances and an outage of Kafka.

mod topics;
mod triggers;

use std::sync::Arc;
use std::time::Instant;

use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use emulator_aws::{Capture, Faults};
use emulator_gateway::WebSocketApi;
use emulator_kafka::{Broker, RecordStreams, Triggers};
use emulator_runtime::{Invoke, InvokeError, MAX_PAYLOAD, Pool, Services};
use serde::Serialize;
use serde_json::{Value, json};

use crate::clients::Clients;

/// Path of the page, and prefix of everything below it.
pub(crate) const PATH: &str = "/_emulator";
/// Of the page that shows mails: they may bring styles and images of their own, and reach nothing else.
const OUTBOX_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                             img-src data:; connect-src 'self'";
const ROUTES: &str = "there are GET /_emulator, GET /_emulator/topics, \
                      GET /_emulator/topics/{topic}/records (?from=beginning), \
                      GET /_emulator/outbox, POST /_emulator/outbox/faults, \
                      POST /_emulator/functions/{name}/invoke, kill or kill-at-answer, \
                      POST /_emulator/services/{name}/kill, POST /_emulator/triggers/{id}/rebalance or replay, \
                      POST /_emulator/kafka/down or up";
const FOREIGN: &str =
    "only for clients on this machine and pages of this address: --allow-host lets others in";
const NOT_CAPTURED: &str =
    "SES and SNS are elsewhere (--deliver or --aws-endpoint): nothing is captured";

/// Where everything is to be found.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Addresses {
    /// Base URL of the REST API.
    pub(crate) rest: String,
    /// The web site, if one is served.
    pub(crate) site: Option<String>,
    /// URL of the WebSocket API.
    pub(crate) websocket: Option<String>,
    /// This page.
    pub(crate) status: String,
    /// Kafka's bootstrap brokers.
    pub(crate) kafka: Option<String>,
    /// DynamoDB.
    pub(crate) dynamodb: Option<String>,
    /// Secrets Manager, SES and SNS, or those at --aws-endpoint.
    pub(crate) aws: Option<String>,
    /// The page of what was sent, unless it really was.
    pub(crate) outbox: Option<String>,
    /// `@connections` of the WebSocket API.
    pub(crate) management: Option<String>,
}

/// Everything that is shown and that faults are injected into.
pub(crate) struct Console {
    pub(crate) pool: Arc<Pool>,
    pub(crate) triggers: Arc<Triggers>,
    pub(crate) broker: Broker,
    pub(crate) records: RecordStreams,
    pub(crate) websocket: Option<WebSocketApi>,
    pub(crate) services: Arc<Services>,
    /// What was sent through SES and SNS, if it is captured.
    pub(crate) capture: Option<Arc<Capture>>,
    pub(crate) clients: Clients,
    pub(crate) addresses: Addresses,
    pub(crate) started: Instant,
}

type Shared = State<Arc<Console>>;

impl Console {
    /// Everything below `/_emulator`.
    pub(crate) fn router(self) -> Router {
        let console = Arc::new(self);
        let below = Router::new()
            .route("/topics", get(topics::list))
            .route("/topics/{topic}/records", get(topics::stream))
            .route("/outbox", get(show_outbox))
            .route("/outbox/faults", post(set_faults))
            .route("/functions/{name}/invoke", post(invoke))
            .route("/functions/{name}/kill", post(kill))
            .route("/functions/{name}/kill-at-answer", post(kill_at_answer))
            .route("/services/{name}/kill", post(kill_service))
            .route("/triggers/{id}/rebalance", post(triggers::rebalance))
            .route("/triggers/{id}/replay", post(triggers::replay))
            .route(
                "/kafka/down",
                post(async |State(console): Shared| console.set_kafka(false).await),
            )
            .route(
                "/kafka/up",
                post(async |State(console): Shared| console.set_kafka(true).await),
            )
            .fallback(no_route)
            .method_not_allowed_fallback(no_route)
            .layer(DefaultBodyLimit::max(MAX_PAYLOAD));
        Router::new()
            .route(PATH, get(show).fallback(no_route))
            .route(&format!("{PATH}/"), get(show).fallback(no_route))
            .nest(PATH, below)
            .layer(from_fn_with_state(console.clone(), only_admitted))
            .with_state(console)
    }

    async fn set_kafka(&self, reachable: bool) -> Result<Response, Problem> {
        match self.broker.set_reachable(reachable).await {
            Ok(true) => Ok(Json(json!({ "reachable": reachable })).into_response()),
            Ok(false) => Err(problem(
                StatusCode::CONFLICT,
                "this Kafka is not the emulator's own: stop it yourself",
            )),
            Err(error) => Err(problem(
                StatusCode::INTERNAL_SERVER_ERROR,
                &error.to_string(),
            )),
        }
    }

    async fn snapshot(&self) -> Value {
        let kafka = self.triggers.status().await;
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

    /// The logical id of a function.
    fn function(&self, name: &str) -> Result<&str, Problem> {
        let found = self.pool.find(name);
        found.ok_or_else(|| problem(StatusCode::NOT_FOUND, "there is no such function"))
    }

    fn captured(&self) -> Result<&Capture, Problem> {
        let capture = self.capture.as_deref();
        capture.ok_or_else(|| problem(StatusCode::NOT_FOUND, NOT_CAPTURED))
    }
}

async fn show(State(console): Shared, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let page = if wants_json(query.as_deref(), &headers) {
        Json(console.snapshot().await).into_response()
    } else {
        Html(include_str!("console/page.html")).into_response()
    };
    uncached(page)
}

async fn show_outbox(
    State(console): Shared,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let capture = console.captured()?;
    Ok(uncached(if wants_json(query.as_deref(), &headers) {
        Json(capture.snapshot()).into_response()
    } else {
        let policy = [(CONTENT_SECURITY_POLICY, OUTBOX_POLICY)];
        (policy, Html(include_str!("console/outbox.html"))).into_response()
    }))
}

async fn set_faults(
    State(console): Shared,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let capture = console.captured()?;
    let body = body.map_err(|error| problem(error.status(), &error.body_text()))?;
    let faults = serde_json::from_slice::<Faults>(&body)
        .map_err(|error| problem(StatusCode::BAD_REQUEST, &error.to_string()))?;
    capture.set_faults(faults);
    Ok(Json(faults).into_response())
}

async fn invoke(
    State(console): Shared,
    Path(name): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let function = console.function(&name)?;
    let mut event = body.map_err(|error| problem(error.status(), &error.body_text()))?;
    if event.is_empty() {
        event = Bytes::from_static(b"{}");
    }
    match console.pool.invoke(function, event).await {
        Ok(payload) => Ok(([(CONTENT_TYPE, "application/json")], payload).into_response()),
        Err(error) => {
            let status = match error {
                InvokeError::TimedOut { .. } => StatusCode::GATEWAY_TIMEOUT,
                InvokeError::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
                InvokeError::Failed { .. } | InvokeError::Crashed { .. } => StatusCode::BAD_GATEWAY,
                InvokeError::Unavailable { .. } | InvokeError::Stopping => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
            };
            Err(problem(status, &error.to_string()))
        }
    }
}

async fn kill(State(console): Shared, Path(name): Path<String>) -> Result<Response, Problem> {
    let function = console.function(&name)?;
    Ok(killed(console.pool.kill(function).await))
}

async fn kill_at_answer(
    State(console): Shared,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let function = console.function(&name)?;
    Ok(killed(usize::from(console.pool.kill_at_answer(function))))
}

async fn kill_service(
    State(console): Shared,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    match console.services.kill(&name).await {
        Some(processes) => Ok(killed(processes)),
        None => Err(problem(StatusCode::NOT_FOUND, "there is no such service")),
    }
}

async fn no_route() -> Problem {
    problem(StatusCode::NOT_FOUND, ROUTES)
}

async fn only_admitted(
    State(console): Shared,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if console.clients.admit(request.headers()) {
        Ok(next.run(request).await)
    } else {
        Err(problem(StatusCode::FORBIDDEN, FOREIGN))
    }
}

fn killed(processes: usize) -> Response {
    Json(json!({ "killed": processes })).into_response()
}

fn uncached(answer: Response) -> Response {
    ([(CACHE_CONTROL, "no-store")], answer).into_response()
}

/// An error as clients get it.
struct Problem(StatusCode, String);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

fn problem(status: StatusCode, message: &str) -> Problem {
    Problem(status, message.to_owned())
}

fn wants_json(query: Option<&str>, headers: &HeaderMap) -> bool {
    let mut pairs = query.unwrap_or_default().split('&');
    match pairs.find_map(|pair| pair.strip_prefix("format=")) {
        Some(format) => format == "json",
        None => !headers
            .get(ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html")),
    }
}
