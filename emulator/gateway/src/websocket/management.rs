//! The `@connections` API: POST sends to a client, GET describes its connection, DELETE closes it.
//!
//! One thread of its own with a single-threaded runtime serves it, because functions post by the ten thousand: nothing is handed
//! between threads, and a post ends in one write to the client's socket before it is answered.

use std::io;
use std::sync::Arc;

use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::serve::ListenerExt;
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::json;
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tracing::{debug, error};

use super::api::Api;
use super::connection::{Connection, SendError};
use super::{Admits, ManagementPort};
use crate::clock;

/// Starts the endpoint's thread.
pub(super) fn serve(api: Arc<Api>, port: ManagementPort) -> io::Result<()> {
    let ManagementPort { listener, admits } = port;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let stop = api.management_stop.clone();
    let serve = async move {
        let listener = TcpListener::from_std(listener)?.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                debug!(%error, "a client of @connections stays without TCP_NODELAY");
            }
        });
        axum::serve(listener, router(api, admits)).await
    };
    std::thread::Builder::new()
        .name("connections-api".to_owned())
        .spawn(move || {
            if let Some(Err(error)) = runtime.block_on(stop.run_until_cancelled(serve)) {
                error!(%error, "@connections is not served any more: restart the emulator");
            }
        })?;
    Ok(())
}

fn router(api: Arc<Api>, admits: Admits) -> Router {
    let admits = Arc::new(admits);
    let only_admitted = from_fn(move |request: Request, next: Next| {
        let is_admitted = admits(request.headers());
        async move {
            if is_admitted {
                next.run(request).await
            } else {
                let message = "Only for clients on this machine";
                error_response(StatusCode::FORBIDDEN, "ForbiddenException", message)
            }
        }
    });
    let connection = post(send)
        .get(describe)
        .delete(close)
        .fallback(async || not_found("Use POST, GET or DELETE"));
    Router::new()
        .route("/{stage}/{collection}/{id}", connection)
        .fallback(no_route)
        .layer(DefaultBodyLimit::max(api.limits.message_bytes))
        .layer(only_admitted)
        .with_state(api)
}

/// The connection that a request is for.
struct Target(Arc<Connection>);

impl FromRequestParts<Arc<Api>> for Target {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Response> {
        if let Some(refusal) = unsigned(&parts.headers) {
            return Err(refusal);
        }
        let path = Path::<(String, String, String)>::from_request_parts(parts, api).await;
        match path {
            Ok(Path((stage, collection, id)))
                if stage == api.model.stage && collection == "@connections" =>
            {
                api.registry.get(&id).map(Self).ok_or_else(gone)
            }
            Ok(_) | Err(_) => Err(not_found("No such path")),
        }
    }
}

/// Signatures are not verified, but a client that doesn't sign would fail on AWS.
fn unsigned(headers: &HeaderMap) -> Option<Response> {
    if headers.contains_key(header::AUTHORIZATION) {
        return None;
    }
    let kind = "MissingAuthenticationTokenException";
    let message = "Missing Authentication Token";
    Some(error_response(StatusCode::FORBIDDEN, kind, message))
}

async fn no_route(headers: HeaderMap) -> Response {
    unsigned(&headers).unwrap_or_else(|| not_found("No such path"))
}

async fn send(
    Target(connection): Target,
    State(api): State<Arc<Api>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let bad_request =
        |message| error_response(StatusCode::BAD_REQUEST, "BadRequestException", message);
    let payload = match body {
        Ok(payload) => payload,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let kind = "PayloadTooLargeException";
            return error_response(rejection.status(), kind, "Message too long");
        }
        Err(_) => return bad_request("Incomplete body"),
    };
    if str::from_utf8(&payload).is_err() {
        return bad_request("Data must be UTF-8: it is sent in a text frame");
    }
    match connection.send(&payload, &api.limits) {
        Ok(()) => StatusCode::OK.into_response(),
        Err(SendError::Gone) => gone(),
        Err(SendError::Full) => error_response(
            StatusCode::TOO_MANY_REQUESTS,
            "LimitExceededException",
            "The client is sent more than it reads",
        ),
    }
}

async fn describe(Target(connection): Target) -> Response {
    let last_active = u64::try_from(connection.last_active().as_millis()).unwrap_or(u64::MAX);
    let body = json!({
        "connectedAt": clock::iso_8601(connection.connected_at_ms),
        "identity": {
            "sourceIp": connection.source_ip.to_string(),
            "userAgent": connection.user_agent,
        },
        "lastActiveAt": clock::iso_8601(connection.connected_at_ms.saturating_add(last_active)),
    });
    Json(body).into_response()
}

async fn close(Target(connection): Target, State(api): State<Arc<Api>>) -> StatusCode {
    connection.close(CloseCode::Normal, "Connection Closed Normally");
    api.registry.remove(&connection);
    StatusCode::NO_CONTENT
}

fn gone() -> Response {
    let message = "The connection is closed, or was never open";
    error_response(StatusCode::GONE, "GoneException", message)
}

fn not_found(message: &str) -> Response {
    error_response(StatusCode::NOT_FOUND, "NotFoundException", message)
}

fn error_response(status: StatusCode, kind: &'static str, message: &str) -> Response {
    let kind = [("x-amzn-errortype", kind)];
    (status, kind, Json(json!({ "message": message }))).into_response()
}
