//! The event of a Lambda proxy integration, version 1.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::request::Parts;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::route::Found;
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
    let trace = format!("Root=1-{:08x}-{}", epoch_ms() / 1000, &trace[..24]);
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
    let now = epoch_ms();
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
        "requestTime": log_time(now / 1000),
        "requestTimeEpoch": now,
        "resourceId": "local",
        "resourcePath": call.found.route.path,
        "stage": call.stage,
    })
}

fn epoch_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

/// The common log format that API Gateway uses, in UTC: `09/Apr/2015:12:34:56 +0000`.
pub(super) fn log_time(seconds: u64) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Civil date of a day number, after Howard Hinnant: years begin in March, eras have 400 years.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12;
    let year = year_of_era + era * 400 + u64::from(month < 2);
    let month = usize::try_from(month).unwrap_or(0);
    format!(
        "{day:02}/{}/{year}:{:02}:{:02}:{:02} +0000",
        MONTHS[month],
        rest / 3_600,
        rest / 60 % 60,
        rest % 60
    )
}
