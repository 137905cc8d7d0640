//! From a function's answer, or the gateway's own, to an HTTP response.

use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use emulator_template::model::{Cors, GatewayResponse};
use indexmap::IndexMap;
use serde_json::Value;

use crate::proxy::ProxyResponse;

/// A request that the gateway answers itself because it can't or must not reach the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GatewayError {
    /// Gateway response type.
    pub(super) kind: &'static str,
    /// Status where the template gives none.
    pub(super) status: StatusCode,
    /// `$context.error.message`.
    pub(super) message: &'static str,
}

impl GatewayError {
    pub(super) const NO_ROUTE: Self = Self {
        kind: "MISSING_AUTHENTICATION_TOKEN",
        status: StatusCode::FORBIDDEN,
        message: "Missing Authentication Token",
    };
    pub(super) const NO_HOST: Self = Self {
        kind: "DEFAULT_4XX",
        status: StatusCode::BAD_REQUEST,
        message: "Bad Request",
    };
    pub(super) const TOO_LARGE: Self = Self {
        kind: "REQUEST_TOO_LARGE",
        status: StatusCode::PAYLOAD_TOO_LARGE,
        message: "Request Too Long",
    };
    pub(super) const TIMEOUT: Self = Self {
        kind: "INTEGRATION_TIMEOUT",
        status: StatusCode::GATEWAY_TIMEOUT,
        message: "Endpoint request timed out",
    };
    pub(super) const BAD_INTEGRATION: Self = Self {
        kind: "DEFAULT_5XX",
        status: StatusCode::BAD_GATEWAY,
        message: "Internal server error",
    };
    pub(super) const UNAVAILABLE: Self = Self {
        kind: "DEFAULT_5XX",
        status: StatusCode::SERVICE_UNAVAILABLE,
        message: "Service Unavailable",
    };
}

/// The gateway's own answer: of the error's type, else of its class, else AWS's default.
pub(super) fn refuse(
    declared: &IndexMap<String, GatewayResponse>,
    error: &GatewayError,
) -> Response {
    let class = if error.status.is_server_error() {
        "DEFAULT_5XX"
    } else {
        "DEFAULT_4XX"
    };
    let default = GatewayResponse::default();
    let found = declared.get(error.kind).or_else(|| declared.get(class));
    let gateway = found.unwrap_or(&default);
    let status = gateway
        .status
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(error.status);
    let template = gateway
        .body
        .as_deref()
        .unwrap_or(r#"{"message":$context.error.messageString}"#);
    let quoted = Value::from(error.message).to_string();
    let body = template
        .replace("$context.error.messageString", &quoted)
        .replace("$context.error.message", error.message);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in &gateway.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
            headers.insert(name, value);
        }
    }
    if let Ok(kind) = error.kind.parse() {
        headers.insert("x-amzn-errortype", kind);
    }
    (status, headers, body).into_response()
}

/// The answer to a CORS preflight, which API Gateway gives itself.
pub(super) fn preflight(cors: &Cors) -> Response {
    let mut headers = HeaderMap::new();
    let values = [
        ("access-control-allow-origin", Some(&cors.allow_origin)),
        ("access-control-allow-methods", Some(&cors.allow_methods)),
        ("access-control-allow-headers", Some(&cors.allow_headers)),
        ("access-control-max-age", cors.max_age.as_ref()),
    ];
    for (name, value) in values {
        if let Some(value) = value.filter(|value| !value.is_empty())
            && let Ok(value) = value.parse()
        {
            headers.insert(name, value);
        }
    }
    (StatusCode::OK, headers).into_response()
}

/// The function's answer as HTTP, or why it is malformed.
pub(super) fn from_function(payload: &[u8]) -> Result<Response, String> {
    let proxy = ProxyResponse::parse(payload).map_err(|error| error.to_string())?;
    let status = StatusCode::from_u16(proxy.status_code)
        .map_err(|_| format!("statusCode {} is none of HTTP's", proxy.status_code))?;
    let mut headers = HeaderMap::new();
    let multi = proxy.multi_value_headers.unwrap_or_default();
    for (name, value) in proxy.headers.unwrap_or_default() {
        // Where both fields name a header, the list counts, as on AWS.
        if !multi.keys().any(|other| other.eq_ignore_ascii_case(&name)) {
            append(&mut headers, &name, &value)?;
        }
    }
    for (name, values) in &multi {
        for value in values {
            append(&mut headers, name, value)?;
        }
    }
    if !headers.contains_key(CONTENT_TYPE) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let body = proxy.body.unwrap_or_default();
    let body = if proxy.is_base64_encoded {
        STANDARD
            .decode(body)
            .map_err(|error| format!("body is not Base64: {error}"))?
    } else {
        body.into_bytes()
    };
    Ok((status, headers, body).into_response())
}

fn append(headers: &mut HeaderMap, name: &str, value: &Value) -> Result<(), String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            return Err(format!("header {name} is not a string"));
        }
    };
    let bad = || format!("header {name}: {text:?} is not valid");
    let name: HeaderName = name.parse().map_err(|_| bad())?;
    // The server counts the body itself.
    if name != CONTENT_LENGTH && name != TRANSFER_ENCODING {
        headers.append(name, text.parse().map_err(|_| bad())?);
    }
    Ok(())
}
