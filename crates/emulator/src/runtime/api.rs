//! The Lambda Runtime API, for all processes on one port: the first segment of the path names the
//! process.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, RwLock};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::function::MAX_PAYLOAD;
use super::process::Process;
use crate::clock::now_ms;
use crate::invoke::InvokeError;

const VERSION: &str = "2018-06-01";

/// The running processes by token.
#[derive(Default)]
pub(super) struct Registry(RwLock<HashMap<String, Arc<Process>>>);

impl Registry {
    pub(super) fn add(&self, process: Arc<Process>) {
        self.write().insert(process.token.clone(), process);
    }

    pub(super) fn remove(&self, token: &str) {
        self.write().remove(token);
    }

    fn get(&self, token: &str) -> Option<Arc<Process>> {
        self.0
            .read()
            .expect("BUG: nothing panics while it holds the registry")
            .get(token)
            .cloned()
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<String, Arc<Process>>> {
        self.0
            .write()
            .expect("BUG: nothing panics while it holds the registry")
    }
}

/// Serves on a free port of the loopback interface until the task is aborted.
pub(super) async fn serve(
    registry: Arc<Registry>,
) -> std::io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    Ok((address, tokio::spawn(accept(listener, registry))))
}

async fn accept(listener: TcpListener, registry: Arc<Registry>) {
    // Aborting this task drops the set, and with it every connection.
    let mut connections = JoinSet::new();
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "the Runtime API can't accept a connection");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection stays without TCP_NODELAY");
        }
        let registry = registry.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let registry = registry.clone();
                async move { Ok::<_, Infallible>(answer(&registry, request).await) }
            });
            if let Err(error) = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await
            {
                tracing::debug!(%error, "a process has left its Runtime API");
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(registry: &Registry, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let mut segments = path.trim_start_matches('/').split('/');
    let process = segments.next().and_then(|token| registry.get(token));
    let Some(process) = process else {
        return error(StatusCode::FORBIDDEN, "UnknownProcess", "no such process");
    };
    let route: Vec<&str> = segments.collect();
    match (request.method(), route.as_slice()) {
        (&Method::GET, [VERSION, "runtime", "invocation", "next"]) => next(&process).await,
        (&Method::POST, [VERSION, "runtime", "invocation", id, "response"]) => {
            respond(&process, id, request).await
        }
        (&Method::POST, [VERSION, "runtime", "invocation", id, "error"]) => {
            let body = body(request).await;
            let failure = failure(&process.function, body.as_deref().unwrap_or_default());
            complete(&process, id, Err(failure))
        }
        (&Method::POST, [VERSION, "runtime", "init", "error"]) => {
            let body = body(request).await;
            let failure = failure(&process.function, body.as_deref().unwrap_or_default());
            if let InvokeError::Failed { message, .. } = failure {
                process.init_failed(message);
            }
            accepted()
        }
        _ => error(StatusCode::NOT_FOUND, "NotFound", "no such operation"),
    }
}

async fn next(process: &Process) -> Response<Full<Bytes>> {
    let (request_id, event, deadline_ms) = process.next().await;
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", &request_id)
        .header("lambda-runtime-deadline-ms", deadline_ms.to_string())
        .header("lambda-runtime-invoked-function-arn", &process.arn)
        .header("lambda-runtime-trace-id", trace_id(&request_id))
        .body(Full::new(event));
    response.expect("BUG: ids and numbers are valid header values")
}

/// In X-Ray's form: version, seconds in hexadecimal, 96 bits.
fn trace_id(request_id: &str) -> String {
    let id: String = request_id.chars().filter(|c| *c != '-').take(24).collect();
    format!("Root=1-{:08x}-{id};Sampled=0", now_ms() / 1000)
}

async fn respond(
    process: &Process,
    request_id: &str,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    match body(request).await {
        Ok(body) => complete(process, request_id, Ok(body)),
        Err(reason) => {
            let failure = InvokeError::Failed {
                function: process.function.clone(),
                error_type: "Function.ResponseSizeTooLarge".to_owned(),
                message: reason.clone(),
            };
            complete(process, request_id, Err(failure));
            error(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                &reason,
            )
        }
    }
}

fn complete(
    process: &Process,
    request_id: &str,
    result: Result<Bytes, InvokeError>,
) -> Response<Full<Bytes>> {
    if process.complete(request_id, result) {
        accepted()
    } else {
        error(
            StatusCode::BAD_REQUEST,
            "InvalidRequestID",
            "this process holds no such invocation",
        )
    }
}

async fn body(request: Request<Incoming>) -> Result<Bytes, String> {
    Limited::new(request.into_body(), MAX_PAYLOAD)
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .map_err(|error| format!("an answer has {MAX_PAYLOAD} bytes at most: {error}"))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Diagnostic {
    error_type: String,
    error_message: String,
}

fn failure(function: &str, body: &[u8]) -> InvokeError {
    let diagnostic = serde_json::from_slice(body).unwrap_or_else(|_| Diagnostic {
        error_type: "Unknown".to_owned(),
        error_message: String::from_utf8_lossy(body).into_owned(),
    });
    InvokeError::Failed {
        function: function.to_owned(),
        error_type: diagnostic.error_type,
        message: diagnostic.error_message,
    }
}

fn accepted() -> Response<Full<Bytes>> {
    json(StatusCode::ACCEPTED, r#"{"status":"OK"}"#.to_owned())
}

fn error(status: StatusCode, kind: &str, message: &str) -> Response<Full<Bytes>> {
    let body = serde_json::json!({"errorType": kind, "errorMessage": message});
    json(status, body.to_string())
}

fn json(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    response
}
