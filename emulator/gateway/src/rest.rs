//! The REST API of API Gateway: routes, proxy events (version 1), gateway responses, CORS preflight.

mod event;
mod response;
mod route;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, StatusCode, Version};
use axum::response::Response;
use bytes::Bytes;
use emulator_runtime::{Invoke, InvokeError};
use emulator_template::model;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use uuid::Uuid;

use crate::proxy::has_one_host;
use event::ProxyRequest;
use response::GatewayError;

/// API Gateway's limit for the body of a request: 10 MB.
const MAX_BODY: usize = 10 * 1024 * 1024;
/// API Gateway's limit for an integration: 29 s.
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(29);

/// A running REST API.
pub struct RestApi {
    model: model::RestApi,
    invoke: Arc<dyn Invoke>,
}

impl RestApi {
    /// An API that invokes the functions of `model` through `invoke`.
    #[must_use]
    pub fn new(model: model::RestApi, invoke: Arc<dyn Invoke>) -> Self {
        Self { model, invoke }
    }

    /// Whether the first segment of a path is that of a declared route: no other server answers it, even if no route does.
    #[must_use]
    pub fn claims(&self, path: &str) -> bool {
        route::claims(&self.model.routes, path)
    }

    /// Answers one request.
    pub async fn answer(&self, request: Request, client: SocketAddr) -> Response {
        let request_id = Uuid::new_v4();
        let mut response = match self.handle(request, client, request_id).await {
            Ok(response) => response,
            Err(error) => response::refuse(&self.model.gateway_responses, &error),
        };
        if let Ok(value) = request_id.to_string().parse() {
            response.headers_mut().insert("x-amzn-requestid", value);
        }
        response
    }

    async fn handle(
        &self,
        request: Request,
        client: SocketAddr,
        request_id: Uuid,
    ) -> Result<Response, GatewayError> {
        if request.version() == Version::HTTP_11 && !has_one_host(request.headers()) {
            return Err(GatewayError::NO_HOST);
        }
        let path = request.uri().path();
        if request.method() == Method::OPTIONS
            && let Some(cors) = &self.model.cors
            && route::path_exists(&self.model.routes, path)
            && route::find(&self.model.routes, &Method::OPTIONS, path).is_none()
        {
            return Ok(response::preflight(cors));
        }
        let Some(found) = route::find(&self.model.routes, request.method(), path) else {
            return Err(GatewayError::NO_ROUTE);
        };
        let (parts, body) = request.into_parts();
        let body = read(body).await?;
        let call = ProxyRequest {
            parts: &parts,
            body: &body,
            found: &found,
            stage: &self.model.stage,
            client,
            request_id,
        };
        let event = Bytes::from(event::build(&call).to_string());
        let answer = self.invoke.invoke(&found.route.function, event);
        match tokio::time::timeout(INTEGRATION_TIMEOUT, answer).await {
            Err(_elapsed) => Err(GatewayError::TIMEOUT),
            Ok(Err(error)) => Err(gateway_error(&error)),
            Ok(Ok(payload)) => response::from_function(&payload).map_err(|reason| {
                let function = &found.route.function;
                tracing::error!(
                    function,
                    reason,
                    "the answer is no proxy response, the client gets a 502"
                );
                GatewayError::BAD_INTEGRATION
            }),
        }
    }
}

async fn read(body: Body) -> Result<Bytes, GatewayError> {
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(GatewayError::TOO_LARGE),
        Err(_) => Err(GatewayError {
            kind: "BAD_REQUEST_BODY",
            status: StatusCode::BAD_REQUEST,
            message: "The request body can't be read",
        }),
    }
}

fn gateway_error(error: &InvokeError) -> GatewayError {
    match error {
        InvokeError::Failed { error_type, .. } if error_type == "RequestTooLargeException" => {
            GatewayError::TOO_LARGE
        }
        // API Gateway answers so too when Lambda itself times out.
        InvokeError::TimedOut { .. } => GatewayError::TIMEOUT,
        InvokeError::Failed { .. } | InvokeError::Crashed { .. } => GatewayError::BAD_INTEGRATION,
        InvokeError::Throttled(_) | InvokeError::Unavailable { .. } | InvokeError::Stopping => {
            GatewayError::UNAVAILABLE
        }
    }
}
