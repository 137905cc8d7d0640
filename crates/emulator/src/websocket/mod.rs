//! The WebSocket API of API Gateway: handshake, routes, route responses, `$disconnect`, and the
//! `@connections` management endpoint.
//!
//! It knows no protocol of ours: what a message means is the functions' affair.

mod connection;
mod deliver;
mod event;
mod frame;
mod handshake;
mod limits;
mod management;
mod nofile;
mod rate;
mod registry;
mod route;
mod session;
mod status;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::Full;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::invoke::Invoke;
use crate::model;
use rate::Rate;
use registry::Registry;

pub use limits::Limits;
pub use status::{ConnectionStatus, WebSocketStatus};

/// A running WebSocket API. Cheap to clone.
#[derive(Clone)]
pub struct WebSocketApi(Arc<Shared>);

struct Shared {
    model: model::WebSocketApi,
    invoke: Arc<dyn Invoke>,
    limits: Limits,
    rate: Rate,
    registry: Registry,
    /// One task per connection, until its `$disconnect` is done.
    tasks: TaskTracker,
    stop: CancellationToken,
    management_stop: CancellationToken,
}

impl WebSocketApi {
    /// An API that invokes the functions of `model` through `invoke`.
    pub fn new(model: model::WebSocketApi, invoke: Arc<dyn Invoke>, limits: Limits) -> Self {
        Self(Arc::new(Shared {
            model,
            invoke,
            rate: Rate::new(limits.connections_per_second),
            limits,
            registry: Registry::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            management_stop: CancellationToken::new(),
        }))
    }

    /// Whether a request asks for a WebSocket, and so belongs to [`upgrade`](Self::upgrade).
    pub fn is_upgrade(headers: &HeaderMap) -> bool {
        headers
            .get(http::header::UPGRADE)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
    }

    /// Answers a handshake: invokes `$connect` and, if it accepts, takes the connection over. The
    /// connection of `request` must be a `TokioIo<TcpStream>` served with upgrades enabled; leanest is
    /// `hyper::server::conn::http1`, but `axum::serve` will do.
    pub async fn upgrade<B>(&self, request: Request<B>, remote: IpAddr) -> Response<Full<Bytes>> {
        handshake::upgrade(&self.0, request, remote).await
    }

    /// Makes room for ten thousand connections (open files), and serves `@connections` on a free
    /// loopback port until [`shutdown`](Self::shutdown). Functions get
    /// [`management_url`](Self::management_url) of its address.
    ///
    /// # Errors
    /// When the port cannot be bound or the thread not be started.
    pub fn serve_management(&self) -> io::Result<SocketAddr> {
        if let Err(error) = nofile::raise_open_file_limit() {
            tracing::warn!(%error, "the limit on open files stays as it is");
        }
        management::serve(Arc::clone(&self.0))
    }

    /// What `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI` is set to: `http://{address}/{stage}`.
    pub fn management_url(&self, address: SocketAddr) -> String {
        format!("http://{address}/{}", self.0.model.stage)
    }

    /// Open connections and counts.
    pub fn status(&self) -> WebSocketStatus {
        self.0.registry.status()
    }

    /// Refuses new connections, closes every open one with 1001, waits until each `$disconnect` was
    /// invoked, and stops the management endpoint. Call it while functions can still be invoked.
    pub async fn shutdown(&self) {
        self.0.stop.cancel();
        for connection in self.0.registry.all() {
            connection.close(frame::code::GOING_AWAY, "Going away");
        }
        self.0.tasks.close();
        self.0.tasks.wait().await;
        self.0.management_stop.cancel();
    }
}
