//! The front door: one port for REST, WebSocket and the console.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use emulator_gateway::{RestApi, WebSocketApi};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The APIs behind the front door.
pub(crate) struct Apis {
    pub(crate) rest: Option<RestApi>,
    pub(crate) websocket: Option<WebSocketApi>,
}

/// Opens it until the task is aborted. What the console doesn't answer goes to the APIs.
pub(crate) fn open(listener: TcpListener, console: Router, apis: Apis) -> JoinHandle<()> {
    let router = Router::new()
        .fallback(answer)
        .with_state(Arc::new(apis))
        .merge(console)
        .into_make_service_with_connect_info::<SocketAddr>();
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a client's connection stays without TCP_NODELAY");
        }
    });
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the front door is closed: restart the emulator");
        }
    })
}

async fn answer(
    State(apis): State<Arc<Apis>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    if let Some(websocket) = &apis.websocket
        && WebSocketApi::is_upgrade(request.headers())
    {
        return websocket.upgrade(request, client.ip()).await;
    }
    match &apis.rest {
        Some(rest) => rest.answer(request, client).await,
        None => {
            let message = json!({ "message": "the template has no REST API" });
            (StatusCode::NOT_FOUND, Json(message)).into_response()
        }
    }
}
