//! The `@connections` API: POST sends to a client, GET describes its connection, DELETE closes it.
//!
//! One thread of its own with a single-threaded runtime serves it, because the fan-out posts ten
//! thousand times per tick: nothing is handed between threads, and a post ends in one write to the
//! client's socket before it is answered.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use percent_encoding::percent_decode_str;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use super::Shared;
use super::connection::{Connection, SendError};
use super::frame::code;
use crate::clock;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Starts the endpoint's thread.
pub(super) fn serve(shared: Arc<Shared>) -> io::Result<SocketAddr> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let listener = {
        let _inside = runtime.enter();
        TcpListener::from_std(listener)?
    };
    std::thread::Builder::new()
        .name("connections-api".to_owned())
        .spawn(move || runtime.block_on(accept(listener, shared)))?;
    Ok(address)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let tasks = TaskTracker::new();
    let stop = shared.management_stop.clone();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, _)) => {
                tasks.spawn(serve_connection(stream, Arc::clone(&shared)));
            }
            Err(error) => {
                // Out of file descriptors, most likely: let connections close.
                warn!(%error, "@connections cannot accept");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, shared: Arc<Shared>) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "TCP_NODELAY not set");
    }
    let service = service_fn(|request| answer(request, &shared));
    let served = http1::Builder::new()
        .pipeline_flush(true)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = served.await {
        debug!(%error, "a client of @connections left");
    }
}

async fn answer(
    request: Request<Incoming>,
    shared: &Shared,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let connection = match find(&request, shared) {
        Ok(connection) => connection,
        Err(refusal) => return Ok(*refusal),
    };
    Ok(match *request.method() {
        Method::POST => post(request.into_body(), &connection, shared).await,
        Method::GET => describe(&connection),
        Method::DELETE => {
            connection.close(code::NORMAL, "Connection Closed Normally");
            shared.registry.remove(&connection);
            empty(StatusCode::NO_CONTENT)
        }
        _ => error(
            StatusCode::NOT_FOUND,
            "NotFoundException",
            "Use POST, GET or DELETE",
        ),
    })
}

/// The connection that a request is for.
fn find<B>(
    request: &Request<B>,
    shared: &Shared,
) -> Result<Arc<Connection>, Box<Response<Full<Bytes>>>> {
    // Signatures are not verified, but a client that doesn't sign would fail on AWS.
    if !request.headers().contains_key(header::AUTHORIZATION) {
        return Err(Box::new(error(
            StatusCode::FORBIDDEN,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        )));
    }
    let not_found = || {
        Box::new(error(
            StatusCode::NOT_FOUND,
            "NotFoundException",
            "No such path",
        ))
    };
    let path = request
        .uri()
        .path()
        .strip_prefix('/')
        .ok_or_else(not_found)?;
    let (stage, path) = path.split_once('/').ok_or_else(not_found)?;
    let (collection, id) = path.split_once('/').ok_or_else(not_found)?;
    if stage != shared.model.stage || !matches!(collection, "@connections" | "%40connections") {
        return Err(not_found());
    }
    let id = percent_decode_str(id).decode_utf8_lossy();
    shared.registry.get(&id).ok_or_else(|| Box::new(gone()))
}

async fn post(body: Incoming, connection: &Connection, shared: &Shared) -> Response<Full<Bytes>> {
    let too_large = || {
        error(
            StatusCode::PAYLOAD_TOO_LARGE,
            "PayloadTooLargeException",
            "Message too long",
        )
    };
    let limit = shared.limits.message_bytes;
    if body.size_hint().lower() > limit as u64 {
        return too_large();
    }
    let payload = match Limited::new(body, limit).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => return too_large(),
        Err(error) => {
            debug!(%error, "a post was cut off");
            return self::error(
                StatusCode::BAD_REQUEST,
                "BadRequestException",
                "Incomplete body",
            );
        }
    };
    if str::from_utf8(&payload).is_err() {
        let message = "Data must be UTF-8: it is sent in a text frame";
        return error(StatusCode::BAD_REQUEST, "BadRequestException", message);
    }
    match connection.send(&payload, &shared.limits) {
        Ok(()) => empty(StatusCode::OK),
        Err(SendError::Gone) => gone(),
        Err(SendError::Full) => error(
            StatusCode::TOO_MANY_REQUESTS,
            "LimitExceededException",
            "The client is sent more than it reads",
        ),
    }
}

fn describe(connection: &Connection) -> Response<Full<Bytes>> {
    let last_active = u64::try_from(connection.last_active().as_millis()).unwrap_or(u64::MAX);
    let body = json!({
        "connectedAt": clock::iso_8601(connection.connected_at_ms),
        "identity": {
            "sourceIp": connection.source_ip.to_string(),
            "userAgent": connection.user_agent,
        },
        "lastActiveAt": clock::iso_8601(connection.connected_at_ms.saturating_add(last_active)),
    });
    respond(StatusCode::OK, body.to_string())
}

fn gone() -> Response<Full<Bytes>> {
    error(
        StatusCode::GONE,
        "GoneException",
        "The connection is closed, or was never open",
    )
}

fn error(status: StatusCode, kind: &'static str, message: &str) -> Response<Full<Bytes>> {
    let mut response = respond(status, json!({ "message": message }).to_string());
    response
        .headers_mut()
        .insert(ERROR_TYPE, HeaderValue::from_static(kind));
    response
}

fn respond(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
