//! The event of a Lambda proxy integration, version 1.

use std::net::SocketAddr;

use axum::http::header::{CONNECTION, CONTENT_LENGTH, USER_AGENT};
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use emulator_template::{ACCOUNT, REGION};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::route::Found;
use crate::clock;
use crate::proxy::{MultiMap, canonical_name, last_values, query_parameters};

const API_ID: &str = "local";

/// A request on its way to a function.
pub(super) struct ProxyRequest<'a> {
    pub(super) parts: &'a Parts,
    pub(super) body: &'a Bytes,
    pub(super) found: &'a Found<'a>,
    pub(super) stage: &'a str,
    pub(super) client: SocketAddr,
    pub(super) request_id: Uuid,
}

/// Builds the event.
pub(super) fn build(call: &ProxyRequest<'_>) -> Value {
    let (body, is_base64) = encode_body(call.body);
    let headers = headers(call);
    let query = query_parameters(call.parts.uri.query().unwrap_or_default());
    json!({
        "resource": call.found.route.path,
        "path": call.parts.uri.path(),
        "httpMethod": call.parts.method.as_str(),
        "headers": last_values(&headers),
        "multiValueHeaders": headers,
        "queryStringParameters": null_if_empty(&last_values(&query)),
        "multiValueQueryStringParameters": null_if_empty(&query),
        "pathParameters": null_if_empty(&call.found.parameters),
        "stageVariables": null,
        "requestContext": request_context(call),
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

/// API Gateway hands text on as it is. What isn't text would be mangled there unless the API declares
/// binary media types; here it goes through as Base64, so that a function sees it at all.
fn encode_body(body: &Bytes) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    match std::str::from_utf8(body) {
        Ok(text) => (Some(text.to_owned()), false),
        Err(_) => (Some(STANDARD.encode(body)), true),
    }
}

/// Headers by name. API Gateway keeps the client's spelling over HTTP/1.1, which the parser has lost here. `X-Forwarded-*` and the trace are added as AWS does.
fn headers(call: &ProxyRequest<'_>) -> MultiMap {
    let mut headers = MultiMap::new();
    for (name, value) in &call.parts.headers {
        if name == CONNECTION || name == CONTENT_LENGTH {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        headers
            .entry(canonical_name(name.as_str()))
            .or_default()
            .push(value);
    }
    let forwarded = headers.entry("X-Forwarded-For".to_owned()).or_default();
    let client = call.client.ip().to_string();
    let chain = forwarded.iter().cloned().chain([client]);
    *forwarded = vec![chain.collect::<Vec<_>>().join(", ")];
    headers.insert("X-Forwarded-Port".to_owned(), vec!["443".to_owned()]);
    headers.insert("X-Forwarded-Proto".to_owned(), vec!["https".to_owned()]);
    let trace: String = call.request_id.simple().to_string();
    let trace = format!("Root=1-{:08x}-{}", clock::now_ms() / 1000, &trace[..24]);
    headers.insert("X-Amzn-Trace-Id".to_owned(), vec![trace]);
    headers
}

fn null_if_empty<K, V>(values: &IndexMap<K, V>) -> Value
where
    IndexMap<K, V>: Serialize,
{
    if values.is_empty() {
        return Value::Null;
    }
    json!(values)
}

fn request_context(call: &ProxyRequest<'_>) -> Value {
    let now = clock::now_ms();
    let user_agent = call
        .parts
        .headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok());
    json!({
        "accountId": ACCOUNT,
        "apiId": API_ID,
        "deploymentId": "local",
        "domainName": format!("{API_ID}.execute-api.{REGION}.amazonaws.com"),
        "domainPrefix": API_ID,
        "extendedRequestId": call.request_id.simple().to_string()[..16],
        "httpMethod": call.parts.method.as_str(),
        "identity": {
            "accessKey": null,
            "accountId": null,
            "caller": null,
            "cognitoAuthenticationProvider": null,
            "cognitoAuthenticationType": null,
            "cognitoIdentityId": null,
            "cognitoIdentityPoolId": null,
            "principalOrgId": null,
            "sourceIp": call.client.ip().to_string(),
            "user": null,
            "userAgent": user_agent,
            "userArn": null,
        },
        // Unlike the event's own path, this one names the stage.
        "path": format!("/{}{}", call.stage, call.parts.uri.path()),
        "protocol": "HTTP/1.1",
        "requestId": call.request_id.to_string(),
        "requestTime": clock::request_time(now),
        "requestTimeEpoch": now,
        "resourceId": "local",
        "resourcePath": call.found.route.path,
        "stage": call.stage,
    })
}
