//! The WebSocket API of API Gateway: handshake, routes, route responses, `$disconnect`, and the
//! `@connections` management endpoint.
//!
//! It knows no protocol of ours: what a message means is the functions' affair.

mod limits;
mod status;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::Full;

use crate::invoke::Invoke;
use crate::model;

pub use limits::Limits;
pub use status::{ConnectionStatus, WebSocketStatus};

/// A running WebSocket API. Cheap to clone.
#[derive(Clone)]
pub struct WebSocketApi {
    _model: Arc<model::WebSocketApi>,
}

impl WebSocketApi {
    /// An API that invokes the functions of `model` through `invoke`.
    pub fn new(model: model::WebSocketApi, _invoke: Arc<dyn Invoke>, _limits: Limits) -> Self {
        Self {
            _model: Arc::new(model),
        }
    }

    /// Whether a request asks for a WebSocket, and so belongs to [`upgrade`](Self::upgrade).
    pub fn is_upgrade(headers: &HeaderMap) -> bool {
        headers
            .get(http::header::UPGRADE)
            .is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"websocket"))
    }

    /// Answers a handshake: invokes `$connect` and, if it accepts, takes the connection over. The
    /// connection of `request` must be served by hyper with upgrades enabled; leanest is
    /// `hyper::server::conn::http1` directly on `TokioIo<TcpStream>`.
    pub async fn upgrade<B>(&self, _request: Request<B>, _remote: IpAddr) -> Response<Full<Bytes>> {
        Response::new(Full::default())
    }

    /// Serves `@connections` on a free loopback port until [`shutdown`](Self::shutdown). Functions get
    /// [`management_url`](Self::management_url) of its address.
    ///
    /// # Errors
    /// When the port cannot be bound or the thread not be started.
    pub fn serve_management(&self) -> io::Result<SocketAddr> {
        Err(io::Error::other("not available"))
    }

    /// What `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI` is set to: `http://{address}/{stage}`.
    pub fn management_url(&self, address: SocketAddr) -> String {
        format!("http://{address}/{}", self._model.stage)
    }

    /// Open connections and counts.
    pub fn status(&self) -> WebSocketStatus {
        WebSocketStatus::default()
    }

    /// Closes every connection with 1001, waits until each `$disconnect` was invoked, and stops the
    /// management endpoint.
    pub async fn shutdown(&self) {}
}
