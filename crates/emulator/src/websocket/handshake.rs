//! The opening handshake: `$connect` first, then `101 Switching Protocols`.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode, Version};
use http_body_util::Full;
use hyper::upgrade::{OnUpgrade, Parts, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tracing::{debug, error, warn};

use super::Shared;
use super::connection::Connection;
use super::deliver::{disconnect, failure};
use super::event::{Events, new_id};
use super::frame::code;
use super::route::Answer;
use super::session::Session;
use crate::clock;
use crate::invoke::InvokeError;

/// A refused handshake.
type Refusal = Box<Response<Full<Bytes>>>;

/// Answers a request for a WebSocket.
pub(super) async fn upgrade<B>(
    shared: &Arc<Shared>,
    mut request: Request<B>,
    remote: IpAddr,
) -> Response<Full<Bytes>> {
    let upgrade = hyper::upgrade::on(&mut request);
    let (parts, _) = request.into_parts();
    match accept(shared, &parts, remote).await {
        Ok((connection, response)) => {
            let shared = Arc::clone(shared);
            shared
                .clone()
                .tasks
                .spawn(async move { take_over(shared, connection, upgrade).await });
            response
        }
        Err(refusal) => {
            shared.registry.count_refused();
            *refusal
        }
    }
}

async fn accept(
    shared: &Shared,
    request: &http::request::Parts,
    remote: IpAddr,
) -> Result<(Arc<Connection>, Response<Full<Bytes>>), Refusal> {
    let key = websocket_key(request)?;
    if shared.stop.is_cancelled() {
        return Err(refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "The emulator is stopping",
        ));
    }
    if !shared.rate.allows() {
        return Err(refuse(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"));
    }
    let text = |name: HeaderName| request.headers.get(name)?.to_str().ok().map(str::to_owned);
    let connection = Arc::new(Connection::new(
        new_id(),
        remote,
        text(header::USER_AGENT),
        text(header::HOST).unwrap_or_default(),
        clock::now_ms(),
    ));
    let protocol = connect(shared, &connection, request).await?;
    // From here on posts reach it: they wait until the socket is there.
    shared.registry.insert(&connection);
    if shared.stop.is_cancelled() {
        connection.close(code::GOING_AWAY, "Going away");
    }
    let mut response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "websocket")
        .header(
            header::SEC_WEBSOCKET_ACCEPT,
            derive_accept_key(key.as_bytes()),
        )
        .body(Full::default())
        .expect("BUG: the accept key is base64");
    if let Some(protocol) = protocol {
        response
            .headers_mut()
            .insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    Ok((connection, response))
}

/// Invokes `$connect`; gives the subprotocol that it chose.
async fn connect(
    shared: &Shared,
    connection: &Connection,
    request: &http::request::Parts,
) -> Result<Option<HeaderValue>, Refusal> {
    let Some(route) = shared.model.routes.get("$connect") else {
        return Ok(None);
    };
    let request_id = new_id();
    let events = Events {
        api: &shared.model,
        connection,
        request_id: &request_id,
    };
    let event = events.connect(&request.headers, request.uri.query());
    let refuse = |status: StatusCode, message: &str| {
        respond(status, failure(message, connection, &request_id))
    };
    let answer = shared
        .invoke
        .invoke(&route.function, event)
        .await
        .map_err(|error| {
            warn!(%error, "$connect failed");
            match error {
                InvokeError::TimedOut { .. }
                | InvokeError::Failed { .. }
                | InvokeError::Crashed { .. } => {
                    refuse(StatusCode::BAD_GATEWAY, "Internal server error")
                }
                InvokeError::Throttled(_) | InvokeError::Stopping => {
                    refuse(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
                }
            }
        })?;
    let answer = Answer::parse(&answer).map_err(|error| {
        let function = &route.function;
        warn!(function, %error, "answer of $connect is not a proxy response with a statusCode");
        refuse(StatusCode::BAD_GATEWAY, "Internal server error")
    })?;
    if !answer.is_success() {
        let status = StatusCode::from_u16(answer.status_code)
            .ok()
            .filter(|status| !status.is_informational())
            .unwrap_or(StatusCode::BAD_GATEWAY);
        let body = answer.body.map_or_else(
            || {
                failure(
                    status.canonical_reason().unwrap_or("Refused"),
                    connection,
                    &request_id,
                )
            },
            Bytes::from,
        );
        return Err(respond(status, body));
    }
    Ok(chosen_protocol(&answer, &request.headers))
}

fn chosen_protocol(answer: &Answer, headers: &HeaderMap) -> Option<HeaderValue> {
    let chosen = answer.header("sec-websocket-protocol")?;
    let offered = headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offer| offer.trim() == chosen);
    if !offered {
        warn!(
            chosen,
            "$connect chose a subprotocol that the client did not offer: left out"
        );
        return None;
    }
    HeaderValue::from_str(chosen).ok()
}

fn websocket_key(request: &http::request::Parts) -> Result<&str, Refusal> {
    let headers = &request.headers;
    let version = headers
        .get(header::SEC_WEBSOCKET_VERSION)
        .map(HeaderValue::as_bytes);
    let key = headers
        .get(header::SEC_WEBSOCKET_KEY)
        .and_then(|key| key.to_str().ok());
    if request.method != Method::GET || request.version != Version::HTTP_11 {
        return Err(refuse(
            StatusCode::BAD_REQUEST,
            "A WebSocket handshake is a GET of HTTP/1.1",
        ));
    }
    if version != Some(b"13") {
        let mut refusal = refuse(
            StatusCode::UPGRADE_REQUIRED,
            "Sec-WebSocket-Version 13 is required",
        );
        let version = HeaderValue::from_static("13");
        refusal
            .headers_mut()
            .insert(header::SEC_WEBSOCKET_VERSION, version);
        return Err(refusal);
    }
    key.ok_or_else(|| refuse(StatusCode::BAD_REQUEST, "Sec-WebSocket-Key is missing"))
}

fn refuse(status: StatusCode, message: &str) -> Refusal {
    respond(status, format!(r#"{{"message":"{message}"}}"#).into())
}

fn respond(status: StatusCode, body: Bytes) -> Refusal {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Box::new(response)
}

async fn take_over(shared: Arc<Shared>, connection: Arc<Connection>, upgrade: OnUpgrade) {
    let parts = match upgrade.await {
        Ok(upgraded) => tcp_parts(upgraded),
        Err(error) => {
            debug!(connection = connection.id, %error, "client left during the handshake");
            None
        }
    };
    let Some((socket, early)) = parts else {
        shared.registry.remove(&connection);
        let reason = connection.abandon();
        disconnect(&shared, &connection, &reason).await;
        return;
    };
    if let Err(error) = socket.set_nodelay(true) {
        debug!(connection = connection.id, %error, "TCP_NODELAY not set");
    }
    Session::new(shared, connection, socket, &early).run().await;
}

/// The plain socket under an upgraded connection, served by hyper's http1 or hyper-util's auto server.
fn tcp_parts(upgraded: Upgraded) -> Option<(TcpStream, Bytes)> {
    let upgraded =
        match hyper_util::server::conn::auto::upgrade::downcast::<TokioIo<TcpStream>>(upgraded) {
            Ok(parts) => return Some((parts.io.into_inner(), parts.read_buf)),
            Err(upgraded) => upgraded,
        };
    match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(Parts { io, read_buf, .. }) => Some((io.into_inner(), read_buf)),
        Err(_) => {
            error!("BUG: the front door must serve TokioIo<TcpStream>");
            None
        }
    }
}
