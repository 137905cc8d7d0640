//! The front door: one port for REST, WebSocket and the status page.

use std::net::SocketAddr;

use http::{Request, StatusCode};
use hyper::body::Incoming;
use serde_json::json;

use crate::rest::RestApi;
use crate::serve::{Answer, json as json_answer};
use crate::status::{PATH, Status};
use crate::websocket::WebSocketApi;

/// What stands behind the front door.
pub(crate) struct Front {
    pub(crate) rest: Option<RestApi>,
    pub(crate) websocket: Option<WebSocketApi>,
    pub(crate) status: Status,
}

impl Front {
    /// Answers one request.
    pub(crate) async fn answer(&self, request: Request<Incoming>, client: SocketAddr) -> Answer {
        let path = request.uri().path();
        if path
            .strip_prefix(PATH)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        {
            return self.status.answer(request).await;
        }
        if let Some(websocket) = &self.websocket
            && WebSocketApi::is_upgrade(request.headers())
        {
            return websocket.upgrade(request, client.ip()).await;
        }
        match &self.rest {
            Some(rest) => rest.answer(request, client).await,
            None => json_answer(
                StatusCode::NOT_FOUND,
                &json!({ "message": "the template has no REST API" }),
            ),
        }
    }
}
