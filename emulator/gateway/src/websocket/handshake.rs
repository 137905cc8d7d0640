//! The opening handshake: `$connect` first, then `101 Switching Protocols`.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode, Version, request};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use emulator_runtime::InvokeError;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tracing::{debug, error, warn};

use super::api::Api;
use super::connection::Connection;
use super::dispatch::{disconnect, failure};
use super::event::{Events, new_id};
use super::session::Session;
use super::spelling;
use crate::clock;
use crate::proxy::{ProxyResponse, has_one_host};

/// Bytes of a client's nonce.
const NONCE: usize = 16;

/// A refused handshake.
type Rejection = Box<Response>;

/// Answers a request for a WebSocket.
pub(super) async fn upgrade(api: &Arc<Api>, mut request: Request, remote: IpAddr) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    let (parts, _) = request.into_parts();
    match accept(api, &parts, remote).await {
        Ok((connection, response)) => {
            let taken_over = take_over(Arc::clone(api), connection, upgrade);
            api.tasks.spawn(taken_over);
            response
        }
        Err(rejection) => {
            api.registry.count_refused();
            *rejection
        }
    }
}

async fn accept(
    api: &Api,
    request: &request::Parts,
    remote: IpAddr,
) -> Result<(Arc<Connection>, Response), Rejection> {
    let key = websocket_key(request)?;
    if api.stop.is_cancelled() {
        return Err(refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "The emulator is stopping",
        ));
    }
    if !api.rate_limit.allows() {
        return Err(refuse(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"));
    }
    let text = |name: HeaderName| request.headers.get(name)?.to_str().ok().map(str::to_owned);
    let connection = Arc::new(Connection::new(
        new_id(),
        remote,
        text(header::USER_AGENT),
        text(header::HOST).unwrap_or_default(),
        clock::now_ms(),
        &api.limits,
    ));
    let protocol = connect(api, &connection, request).await?;
    // From here on posts reach it: they wait until the socket is there.
    api.registry.insert(&connection);
    if api.stop.is_cancelled() {
        connection.close(CloseCode::Away, "Going away");
    }
    let mut response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "websocket")
        .header(
            header::SEC_WEBSOCKET_ACCEPT,
            derive_accept_key(key.as_bytes()),
        )
        .body(Body::empty())
        .expect("BUG: the accept key is base64");
    if let Some(Subprotocol { name, value }) = protocol {
        response
            .headers_mut()
            .insert(header::SEC_WEBSOCKET_PROTOCOL, value);
        response.extensions_mut().extend(spelling::of(&name).await);
    }
    Ok((connection, response))
}

/// What `$connect` chose, with the header's name as it spelled it.
struct Subprotocol {
    name: String,
    value: HeaderValue,
}

/// Invokes `$connect`; gives the subprotocol that it chose.
async fn connect(
    api: &Api,
    connection: &Connection,
    request: &request::Parts,
) -> Result<Option<Subprotocol>, Rejection> {
    let Some(route) = api.model.routes.get("$connect") else {
        return Ok(None);
    };
    let request_id = new_id();
    let events = Events {
        api: &api.model,
        connection,
        request_id: &request_id,
    };
    let event = events.connect(&request.headers, request.uri.query());
    let refuse = |status: StatusCode, message: &str| {
        respond(status, failure(message, connection, &request_id))
    };
    let answer = api
        .invoke
        .invoke(&route.function, event)
        .await
        .map_err(|error| {
            warn!(%error, "$connect failed, the handshake is refused");
            match error {
                InvokeError::TimedOut { .. }
                | InvokeError::Failed { .. }
                | InvokeError::Crashed { .. } => {
                    refuse(StatusCode::BAD_GATEWAY, "Internal server error")
                }
                InvokeError::Throttled(_)
                | InvokeError::Unavailable { .. }
                | InvokeError::Stopping => {
                    refuse(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error")
                }
            }
        })?;
    let answer = ProxyResponse::parse(&answer).map_err(|error| {
        let function = &route.function;
        warn!(
            function, %error,
            "the answer of $connect is no proxy response with a statusCode, the handshake is refused"
        );
        refuse(StatusCode::BAD_GATEWAY, "Internal server error")
    })?;
    if !(200..300).contains(&answer.status_code) {
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

fn chosen_protocol(answer: &ProxyResponse, headers: &HeaderMap) -> Option<Subprotocol> {
    let (name, chosen) = answer.header("sec-websocket-protocol")?;
    let offers = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let offered = offers
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|offer| offer.trim() == chosen);
    if !offered {
        warn!(
            chosen,
            "$connect chose a subprotocol that the client did not offer: the handshake's answer names none"
        );
        return None;
    }
    Some(Subprotocol {
        name: name.to_owned(),
        value: HeaderValue::from_str(chosen).ok()?,
    })
}

/// Checks what RFC 6455, section 4.2.1, asks of a client; its key.
fn websocket_key(request: &request::Parts) -> Result<&str, Rejection> {
    let headers = &request.headers;
    let bad_request = |message| Err(refuse(StatusCode::BAD_REQUEST, message));
    if request.method != Method::GET || request.version != Version::HTTP_11 {
        return bad_request("A WebSocket handshake is a GET of HTTP/1.1");
    }
    if !has_one_host(headers) {
        return bad_request("One Host is required");
    }
    if !names(headers, &header::CONNECTION, "upgrade") {
        return bad_request("Connection: Upgrade is required");
    }
    if only(headers, &header::SEC_WEBSOCKET_VERSION) != Some("13") {
        let mut rejection = refuse(
            StatusCode::UPGRADE_REQUIRED,
            "Sec-WebSocket-Version 13 is required",
        );
        let version = HeaderValue::from_static("13");
        rejection
            .headers_mut()
            .insert(header::SEC_WEBSOCKET_VERSION, version);
        return Err(rejection);
    }
    match only(headers, &header::SEC_WEBSOCKET_KEY) {
        Some(key) if STANDARD.decode(key).is_ok_and(|nonce| nonce.len() == NONCE) => Ok(key),
        _ => bad_request("Sec-WebSocket-Key is required: 16 bytes in Base64"),
    }
}

/// Whether a header that is a list names this, in any case.
pub(super) fn names(headers: &HeaderMap, list: &HeaderName, name: &str) -> bool {
    let values = headers.get_all(list).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| one.trim().eq_ignore_ascii_case(name))
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn refuse(status: StatusCode, message: &str) -> Rejection {
    respond(status, format!(r#"{{"message":"{message}"}}"#).into())
}

fn respond(status: StatusCode, body: Bytes) -> Rejection {
    let json = [(header::CONTENT_TYPE, "application/json")];
    Box::new((status, json, body).into_response())
}

async fn take_over(api: Arc<Api>, connection: Arc<Connection>, upgraded: OnUpgrade) {
    let parts = match upgraded.await {
        Ok(upgraded) => upgrade::downcast::<TokioIo<TcpStream>>(upgraded)
            .inspect_err(|_| error!("BUG: the front door must be axum::serve on a TcpListener"))
            .ok()
            .map(|parts| (parts.io.into_inner(), parts.read_buf)),
        Err(error) => {
            debug!(connection = connection.id, %error, "the client left during the handshake");
            None
        }
    };
    let Some((socket, early)) = parts else {
        api.registry.remove(&connection);
        let reason = connection.abandon();
        disconnect(&api, &connection, &reason).await;
        return;
    };
    if let Err(error) = socket.set_nodelay(true) {
        debug!(connection = connection.id, %error, "the connection stays without TCP_NODELAY");
    }
    Session::new(api, connection, socket, early).run().await;
}
