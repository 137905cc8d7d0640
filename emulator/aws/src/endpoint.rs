//! One address for Secrets Manager (JSON protocol), and for SES and SNS (query protocol).

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::capture::Capture;
use crate::secrets::Secrets;

/// Larger than any mail that a template renders.
const MAX_REQUEST: usize = 1024 * 1024;

/// The services behind the address.
pub struct AwsEndpoint {
    /// Whether a request with these headers is answered.
    pub admits: Box<dyn Fn(&HeaderMap) -> bool + Send + Sync>,
    /// Secrets Manager.
    pub secrets: Secrets,
    /// SES and SNS.
    pub capture: Arc<Capture>,
}

impl AwsEndpoint {
    /// Serves on a free port of this machine until the task is aborted; returns its URL.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(self) -> std::io::Result<(String, JoinHandle<()>)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::max(MAX_REQUEST))
            .with_state(Arc::new(self));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "Secrets Manager, SES and SNS are not served any more");
            }
        });
        Ok((url, server))
    }
}

async fn answer(
    State(endpoint): State<Arc<AwsEndpoint>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    if !(endpoint.admits)(&headers) {
        let message = "Only for clients on this machine";
        return (StatusCode::FORBIDDEN, message).into_response();
    }
    let is_query = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    let body = body.map_err(|rejection| rejection.body_text());
    if is_query {
        endpoint.capture.answer(&headers, body)
    } else {
        endpoint.secrets.answer(&headers, body)
    }
}
