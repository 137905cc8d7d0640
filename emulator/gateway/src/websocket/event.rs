//! The events that functions get, in the shape of API Gateway's Lambda proxy integration.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use bytes::Bytes;
use emulator_template::model;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::connection::{CloseReason, Connection};
use crate::clock;
use crate::proxy::{MultiMap, canonical_name, last_values, query_parameters};

/// A new connection or request id: random, in the form of AWS's (`L0SM9cOFvHcCIhw=`).
pub(super) fn new_id() -> String {
    URL_SAFE.encode(rand::random::<[u8; 11]>())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(flatten)]
    request: Value,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    route_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_status_code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'a str>,
    event_type: &'static str,
    extended_request_id: &'a str,
    request_time: String,
    message_direction: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_reason: Option<&'a str>,
    stage: &'a str,
    connected_at: u64,
    request_time_epoch: u64,
    identity: Identity<'a>,
    request_id: &'a str,
    domain_name: &'a str,
    connection_id: &'a str,
    api_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    source_ip: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
}

/// What all events of a connection have in common.
pub(super) struct Events<'a> {
    pub api: &'a model::WebSocketApi,
    pub connection: &'a Connection,
    /// Id of the one request, also told to the client when it fails.
    pub request_id: &'a str,
}

impl Events<'_> {
    /// A client asks for a connection.
    pub fn connect(&self, headers: &HeaderMap, query: Option<&str>) -> Bytes {
        let headers = self.connect_headers(headers);
        let mut request = json!({ "headers": last_values(&headers), "multiValueHeaders": headers });
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            let parameters = query_parameters(query);
            request["queryStringParameters"] = json!(last_values(&parameters));
            request["multiValueQueryStringParameters"] = json!(parameters);
        }
        encode(&Event {
            request,
            request_context: self.context("$connect", "CONNECT"),
            body: None,
            is_base64_encoded: false,
        })
    }

    /// A client sent a message.
    pub fn message(&self, route_key: &str, body: &str) -> Bytes {
        let mut request_context = self.context(route_key, "MESSAGE");
        request_context.message_id = Some(self.request_id);
        encode(&Event {
            request: Value::Object(Map::new()),
            request_context,
            body: Some(body),
            is_base64_encoded: false,
        })
    }

    /// The connection is closed.
    pub fn disconnect(&self, reason: &CloseReason) -> Bytes {
        let host = &self.connection.host;
        let request = json!({
            "headers": { "Host": host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" },
            "multiValueHeaders": {
                "Host": [host], "x-api-key": [""], "X-Forwarded-For": [""], "x-restapi": [""],
            },
        });
        let mut request_context = self.context("$disconnect", "DISCONNECT");
        request_context.disconnect_status_code = Some(reason.code);
        request_context.disconnect_reason = Some(&reason.reason);
        encode(&Event {
            request,
            request_context,
            body: None,
            is_base64_encoded: false,
        })
    }

    fn context<'a>(&'a self, route_key: &'a str, event_type: &'static str) -> Context<'a> {
        let now = clock::now_ms();
        Context {
            route_key,
            disconnect_status_code: None,
            message_id: None,
            event_type,
            extended_request_id: self.request_id,
            request_time: clock::request_time(now),
            message_direction: "IN",
            disconnect_reason: None,
            stage: &self.api.stage,
            connected_at: self.connection.connected_at_ms,
            request_time_epoch: now,
            identity: Identity {
                source_ip: self.connection.source_ip.to_string(),
                user_agent: self.connection.user_agent.as_deref(),
            },
            request_id: self.request_id,
            domain_name: &self.connection.host,
            connection_id: &self.connection.id,
            api_id: &self.api.id,
        }
    }

    fn connect_headers(&self, headers: &HeaderMap) -> MultiMap {
        let mut all = MultiMap::new();
        for (name, value) in headers {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            all.entry(canonical_name(name.as_str()))
                .or_default()
                .push(value);
        }
        let source_ip = self.connection.source_ip.to_string();
        all.insert("X-Forwarded-For".to_owned(), vec![source_ip]);
        all.insert("X-Forwarded-Proto".to_owned(), vec!["http".to_owned()]);
        all
    }
}

fn encode(event: &Event<'_>) -> Bytes {
    serde_json::to_vec(event)
        .expect("BUG: an event has string keys only")
        .into()
}
