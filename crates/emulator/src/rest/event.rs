//! The event of a Lambda proxy integration, version 1.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::request::Parts;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::route::Found;
use crate::clock;
use crate::template::{ACCOUNT, REGION};

const API_ID: &str = "local";

/// A request on its way to a function.
pub(super) struct Call<'a> {
    pub(super) parts: &'a Parts,
    pub(super) body: &'a Bytes,
    pub(super) found: &'a Found<'a>,
    pub(super) stage: &'a str,
    pub(super) client: SocketAddr,
    pub(super) request_id: Uuid,
}

/// Builds the event.
pub(super) fn build(call: &Call<'_>) -> Value {
    let (body, is_base64) = encode_body(call.body);
    let headers = headers(call);
    let query = query(call.parts.uri.query().unwrap_or_default());
    json!({
        "resource": call.found.route.path,
        "path": call.parts.uri.path(),
        "httpMethod": call.parts.method.as_str(),
        "headers": last_values(&headers),
        "multiValueHeaders": headers,
        "queryStringParameters": last_values(&query),
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

/// Headers by name. API Gateway keeps the client's spelling over HTTP/1.1, which a parser has lost
/// here: names get the usual capitals back. `X-Forwarded-*` and the trace are added as AWS does.
fn headers(call: &Call<'_>) -> IndexMap<String, Vec<String>> {
    let mut headers: IndexMap<String, Vec<String>> = IndexMap::new();
    for (name, value) in &call.parts.headers {
        if name == http::header::CONNECTION || name == http::header::CONTENT_LENGTH {
            continue;
        }
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        headers
            .entry(capitalise(name.as_str()))
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

fn capitalise(name: &str) -> String {
    let mut start = true;
    name.chars()
        .map(|c| {
            let c = if start { c.to_ascii_uppercase() } else { c };
            start = c == '-';
            c
        })
        .collect()
}

fn query(query: &str) -> IndexMap<String, Vec<String>> {
    let mut parameters: IndexMap<String, Vec<String>> = IndexMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        parameters
            .entry(decode(name))
            .or_default()
            .push(decode(value));
    }
    parameters
}

fn decode(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_encoding::percent_decode_str(&text)
        .decode_utf8_lossy()
        .into_owned()
}

/// Where a name has many values, the single-value field holds the last.
fn last_values(values: &IndexMap<String, Vec<String>>) -> Value {
    if values.is_empty() {
        return Value::Null;
    }
    values
        .iter()
        .filter_map(|(name, values)| Some((name.clone(), Value::from(values.last()?.clone()))))
        .collect::<Map<_, _>>()
        .into()
}

fn null_if_empty<V: Clone + Into<Value>>(values: &IndexMap<String, V>) -> Value {
    if values.is_empty() {
        return Value::Null;
    }
    values
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().into()))
        .collect::<Map<_, _>>()
        .into()
}

fn request_context(call: &Call<'_>) -> Value {
    let now = clock::now_ms();
    let user_agent = call
        .parts
        .headers
        .get(http::header::USER_AGENT)
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
