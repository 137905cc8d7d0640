//! Requests as API Gateway's REST API sends them (event version 1), for tests: the fixture of
//! `lambda_http`, with its method, path, headers and body replaced.

use lambda_http::Request;
use serde_json::{Map, Value, json};

use super::with_every_header;

const FIXTURE: &str = include_str!("../../fixtures/apigw_proxy_request.json");

/// A request from `192.168.100.1`.
///
/// # Panics
/// If the event can't be decoded, which fails the test.
#[must_use]
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Request {
    decode(&event(method, path, headers, body))
}

/// A `POST` of a JSON body.
#[must_use]
pub fn post(path: &str, body: &Value) -> Request {
    let headers = [("Content-Type", "application/json")];
    request("POST", path, &headers, Some(&body.to_string()))
}

/// A `GET` with the id in its path and these parameters in its query, each with all its values.
#[must_use]
pub fn get(path: &str, id: &str, query: &[(&str, &[&str])]) -> Request {
    let mut event = event("GET", path, &[], None);
    event["pathParameters"] = json!({"id": id});
    let query = query.iter();
    event["multiValueQueryStringParameters"] = query
        .map(|(name, values)| ((*name).to_owned(), json!(values)))
        .collect::<Map<_, _>>()
        .into();
    decode(&event)
}

/// The event itself, to be changed further before [`decode`].
///
/// # Panics
/// If the fixture is no JSON.
#[must_use]
pub fn event(method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Value {
    let mut event: Value = serde_json::from_str(FIXTURE).expect("the fixture is JSON");
    event["httpMethod"] = json!(method);
    event["requestContext"]["httpMethod"] = json!(method);
    event["path"] = json!(path);
    event["resource"] = json!(path);
    event["queryStringParameters"] = Value::Null;
    event["pathParameters"] = Value::Null;
    event["body"] = json!(body);
    event["isBase64Encoded"] = json!(false);
    for (name, value) in headers {
        event["headers"][*name] = json!(value);
        event["multiValueHeaders"][*name] = json!([value]);
    }
    event
}

/// Decodes an event as the runtime does.
///
/// # Panics
/// If it can't be decoded.
#[must_use]
pub fn decode(event: &Value) -> Request {
    let event = serde_json::from_value(event.clone()).expect("the event can be decoded");
    with_every_header(event).into()
}
