//! The WebSocket API of API Gateway: handshake, routes, route responses, `$disconnect`, and the `@connections` endpoint.

mod api;
mod connection;
mod dispatch;
mod event;
mod handshake;
mod limits;
mod management;
mod open_files;
mod rate_limit;
mod registry;
mod route;
mod session;
mod spelling;
mod status;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use emulator_runtime::Invoke;
use emulator_template::model;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use api::Api;
pub use limits::Limits;
pub use status::{ConnectionStatus, WebSocketStatus};

/// The port of `@connections`. It is bound before the functions that are told its URL, the API after them.
pub struct ManagementPort {
    listener: TcpListener,
    admits: Admits,
}

/// Whether a request with these headers is answered.
type Admits = Box<dyn Fn(&HeaderMap) -> bool + Send + Sync>;

impl ManagementPort {
    /// Binds a free loopback port, and answers the requests whose headers are admitted.
    ///
    /// # Errors
    /// When there is none.
    pub fn bind(admits: impl Fn(&HeaderMap) -> bool + Send + Sync + 'static) -> io::Result<Self> {
        Ok(Self {
            listener: TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
            admits: Box::new(admits),
        })
    }

    /// What `AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI` is set to: `http://{address}/{stage}`.
    ///
    /// # Errors
    /// When the port has no address.
    pub fn url(&self, api: &model::WebSocketApi) -> io::Result<String> {
        Ok(format!(
            "http://{}/{}",
            self.listener.local_addr()?,
            api.stage
        ))
    }
}

/// A running WebSocket API. Cheap to clone.
#[derive(Clone)]
pub struct WebSocketApi(Arc<Api>);

impl WebSocketApi {
    /// Starts an API that invokes the functions of `model` through `invoke`: makes room for ten thousand connections (open
    /// files), and serves `@connections` until [`stop`](Self::stop).
    ///
    /// # Errors
    /// When the thread of `@connections` can't be started.
    pub fn start(
        model: model::WebSocketApi,
        invoke: Arc<dyn Invoke>,
        limits: Limits,
        management: ManagementPort,
    ) -> io::Result<Self> {
        if let Err(error) = open_files::raise_limit() {
            tracing::warn!(%error, "the limit on open files can't be raised");
        }
        let api = Arc::new(Api::new(model, invoke, limits));
        management::serve(api.clone(), management)?;
        Ok(Self(api))
    }

    /// Whether a request asks for a WebSocket, and so belongs to [`upgrade`](Self::upgrade).
    pub fn is_upgrade(headers: &HeaderMap) -> bool {
        handshake::names(headers, &header::UPGRADE, "websocket")
    }

    /// Answers a handshake: invokes `$connect` and, if it accepts, takes the connection over, which must be one of
    /// `axum::serve` on a `TcpListener`.
    pub async fn upgrade(&self, request: Request, remote: IpAddr) -> Response {
        handshake::upgrade(&self.0, request, remote).await
    }

    /// Open connections and counts.
    pub fn status(&self) -> WebSocketStatus {
        self.0.registry.status()
    }

    /// Refuses new connections, closes every open one with 1001, and waits until each `$disconnect` was invoked. Posts are
    /// answered with 410 from then on. Call it while functions can still be invoked.
    pub async fn close(&self) {
        self.0.stop.cancel();
        for connection in self.0.registry.all() {
            connection.close(CloseCode::Away, "Going away");
        }
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Stops `@connections`. Call it when no function runs any more.
    pub fn stop(&self) {
        self.0.management_stop.cancel();
    }
}
