//! The Lambda Runtime API, for all workers on one port: the first segment of the path names the worker.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::clock::now_ms;
use crate::invoke::{InvokeError, MAX_PAYLOAD};
use crate::worker::Worker;

/// The workers by token.
#[derive(Default)]
pub(crate) struct Registry(RwLock<HashMap<String, Arc<Worker>>>);

impl Registry {
    pub(crate) fn add(&self, worker: Arc<Worker>) {
        let mut workers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        workers.insert(worker.token.clone(), worker);
    }

    pub(crate) fn remove(&self, token: &str) {
        let mut workers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        workers.remove(token);
    }

    fn get(&self, token: &str) -> Option<Arc<Worker>> {
        let workers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        workers.get(token).cloned()
    }
}

/// Serves on a free port of the loopback interface until the task is aborted.
pub(crate) async fn serve(
    registry: Arc<Registry>,
) -> std::io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a function's connection stays without TCP_NODELAY");
        }
    });
    let path = |operation| format!("/{{token}}/2018-06-01/runtime/{operation}");
    let router = Router::new()
        .route(&path("invocation/next"), get(next))
        .route(&path("invocation/{id}/response"), post(respond))
        .route(&path("invocation/{id}/error"), post(fail))
        .route(&path("init/error"), post(init_failed))
        .layer(DefaultBodyLimit::max(MAX_PAYLOAD))
        .with_state(registry);
    let server = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the Lambda Runtime API ended: functions can't be invoked any more");
        }
    });
    Ok((address, server))
}

/// The worker that a request names.
struct Caller(Arc<Worker>);

impl FromRequestParts<Arc<Registry>> for Caller {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        registry: &Arc<Registry>,
    ) -> Result<Self, Response> {
        let token = parts.uri.path().split('/').nth(1).unwrap_or_default();
        let worker = registry.get(token).map(Self);
        worker.ok_or_else(|| error(StatusCode::FORBIDDEN, "UnknownProcess", "no such process"))
    }
}

async fn next(Caller(worker): Caller) -> Response {
    let (request_id, event, deadline_ms) = worker.next().await;
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-trace-id", trace_id(&request_id)),
        ("lambda-runtime-aws-request-id", request_id),
        ("lambda-runtime-deadline-ms", deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", worker.arn.clone()),
    ];
    (headers, event).into_response()
}

/// In X-Ray's form: version, seconds in hexadecimal, 96 bits.
fn trace_id(request_id: &str) -> String {
    let id: String = request_id.chars().filter(|c| *c != '-').take(24).collect();
    format!("Root=1-{:08x}-{id};Sampled=0", now_ms() / 1000)
}

async fn respond(
    Caller(worker): Caller,
    Path((_, id)): Path<(String, String)>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match body {
        Ok(body) => complete(&worker, &id, Ok(body)),
        Err(rejection) => {
            let reason = format!("an answer has {MAX_PAYLOAD} bytes at most: {rejection}");
            let failure = InvokeError::Failed {
                function: worker.function.clone(),
                error_type: "Function.ResponseSizeTooLarge".to_owned(),
                message: reason.clone(),
            };
            complete(&worker, &id, Err(failure));
            let kind = "RequestEntityTooLarge";
            error(StatusCode::PAYLOAD_TOO_LARGE, kind, &reason)
        }
    }
}

async fn fail(
    Caller(worker): Caller,
    Path((_, id)): Path<(String, String)>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let diagnostic = Diagnostic::read(body);
    let failure = InvokeError::Failed {
        function: worker.function.clone(),
        error_type: diagnostic.error_type,
        message: diagnostic.error_message,
    };
    complete(&worker, &id, Err(failure))
}

async fn init_failed(Caller(worker): Caller, body: Result<Bytes, BytesRejection>) -> Response {
    worker.init_failed(Diagnostic::read(body).error_message);
    accepted()
}

fn complete(worker: &Worker, request_id: &str, result: Result<Bytes, InvokeError>) -> Response {
    if worker.complete(request_id, result) {
        return accepted();
    }
    let message = "this process holds no such invocation";
    error(StatusCode::BAD_REQUEST, "InvalidRequestID", message)
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Diagnostic {
    error_type: String,
    error_message: String,
}

impl Diagnostic {
    fn read(body: Result<Bytes, BytesRejection>) -> Self {
        let body = body.unwrap_or_default();
        serde_json::from_slice(&body).unwrap_or_else(|_| Self {
            error_type: "Unknown".to_owned(),
            error_message: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "status": "OK" }))).into_response()
}

fn error(status: StatusCode, kind: &str, message: &str) -> Response {
    let body = json!({ "errorType": kind, "errorMessage": message });
    (status, Json(body)).into_response()
}
