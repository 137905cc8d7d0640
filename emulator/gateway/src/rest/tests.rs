use std::sync::Mutex;

use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use axum::http::HeaderMap;
use axum::http::header::{ALLOW, CONTENT_TYPE, SET_COOKIE};
use emulator_template::model::{Cors, GatewayResponse, RestRoute};
use serde_json::{Value, json};

use super::*;

/// Answers every event with the same result and keeps the last event.
struct Fake {
    answer: Box<dyn Fn() -> Result<Bytes, InvokeError> + Send + Sync>,
    seen: Mutex<Option<(String, Bytes)>>,
}

#[async_trait::async_trait]
impl Invoke for Fake {
    async fn invoke(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        *self.seen.lock().unwrap() = Some((function.to_owned(), event));
        match (self.answer)() {
            Err(InvokeError::Stopping) => std::future::pending().await,
            answer => answer,
        }
    }
}

fn api(
    answer: impl Fn() -> Result<Bytes, InvokeError> + Send + Sync + 'static,
) -> (RestApi, Arc<Fake>) {
    let fake = Arc::new(Fake {
        answer: Box::new(answer),
        seen: Mutex::default(),
    });
    let route = |method: &str, path: &str, function: &str| RestRoute {
        method: method.into(),
        path: path.into(),
        function: function.into(),
    };
    let model = model::RestApi {
        stage: "live".into(),
        routes: vec![
            route("GET", "/users/{id}", "User"),
            route("GET", "/users/me", "Me"),
            route("POST", "/users", "Create"),
            route("ANY", "/files/{path+}", "Files"),
        ],
        cors: Some(Cors {
            allow_origin: "*".into(),
            allow_methods: "GET,POST".into(),
            allow_headers: "Authorization".into(),
            max_age: Some("600".into()),
        }),
        gateway_responses: [
            (
                "MISSING_AUTHENTICATION_TOKEN".to_owned(),
                GatewayResponse {
                    status: Some(404),
                    headers: [(
                        "Content-Type".to_owned(),
                        "application/problem+json".to_owned(),
                    )]
                    .into(),
                    body: Some(r#"{"title":"No such route"}"#.into()),
                },
            ),
            (
                "DEFAULT_5XX".to_owned(),
                GatewayResponse {
                    body: Some(r#"{"detail":$context.error.messageString}"#.into()),
                    ..GatewayResponse::default()
                },
            ),
        ]
        .into(),
    };
    (RestApi::new(model, fake.clone()), fake)
}

fn ok() -> Result<Bytes, InvokeError> {
    Ok(Bytes::from_static(br#"{"statusCode":200,"body":"fine"}"#))
}

fn request(method: &str, uri: &str, body: impl Into<Bytes>) -> Request {
    Request::builder()
        .method(method)
        .uri(uri)
        .header("host", "localhost:8001")
        .header("user-agent", "test")
        .header("x-many", "1")
        .header("x-many", "2")
        .body(Body::from(Into::<Bytes>::into(body)))
        .unwrap()
}

async fn send(api: &RestApi, request: Request) -> (u16, HeaderMap, String) {
    let response = api.answer(request, "127.0.0.9:5".parse().unwrap()).await;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (
        parts.status.as_u16(),
        parts.headers,
        String::from_utf8(body.to_vec()).unwrap(),
    )
}

async fn event(request: Request) -> (String, Value) {
    let (api, fake) = api(ok);
    assert_eq!(send(&api, request).await.0, 200);
    let (function, event) = fake.seen.lock().unwrap().take().unwrap();
    (function, serde_json::from_slice(&event).unwrap())
}

#[tokio::test]
async fn events_have_api_gateways_shape() {
    let (function, mut event) = event(request("GET", "/users/a%20b?x=1&x=2&y=z%26", "")).await;
    assert_eq!(function, "User");
    let parsed: ApiGatewayProxyRequest = serde_json::from_value(event.clone()).unwrap();
    assert_eq!(parsed.path_parameters["id"], "a b");
    assert_eq!(
        parsed.request_context.identity.source_ip.as_deref(),
        Some("127.0.0.9")
    );
    assert_eq!(
        parsed.multi_value_headers.get_all("x-many").iter().count(),
        2
    );

    // What differs from call to call.
    for pointer in [
        "/headers/X-Amzn-Trace-Id",
        "/multiValueHeaders/X-Amzn-Trace-Id",
        "/requestContext/requestId",
        "/requestContext/extendedRequestId",
        "/requestContext/requestTime",
        "/requestContext/requestTimeEpoch",
    ] {
        let value = event.pointer_mut(pointer).unwrap();
        assert!(!value.is_null(), "{pointer}");
        *value = json!("*");
    }
    let expected: Value = serde_json::from_str(include_str!("tests/event.json")).unwrap();
    assert_eq!(event, expected);
}

#[tokio::test]
async fn text_bodies_pass_as_they_are_and_others_as_base64() {
    let (_, event_) = event(request("POST", "/users", "{\"a\": \"ä\"}")).await;
    assert_eq!(event_["body"], "{\"a\": \"ä\"}");
    assert_eq!(event_["isBase64Encoded"], false);
    let (_, event_) = event(request("POST", "/users", vec![0xff, 0x00])).await;
    assert_eq!(event_["body"], "/wA=");
    assert_eq!(event_["isBase64Encoded"], true);
    let (_, event_) = event(request("POST", "/users", "")).await;
    assert_eq!(event_["body"], Value::Null);
}

#[tokio::test]
async fn the_most_specific_route_is_taken() {
    assert_eq!(event(request("GET", "/users/me", "")).await.0, "Me");
    assert_eq!(event(request("GET", "/users/me/", "")).await.0, "Me");
    assert_eq!(event(request("GET", "/users/you", "")).await.0, "User");
    let (function, event) = event(request("DELETE", "/files/a/b", "")).await;
    assert_eq!(function, "Files");
    assert_eq!(event["pathParameters"]["path"], "a/b");
}

#[tokio::test]
async fn unknown_routes_get_the_templates_answer() {
    let (api, fake) = api(ok);
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/users/a/b"),
        ("PUT", "/users"),
        ("GET", "/files"),
    ] {
        let (status, headers, body) = send(&api, request(method, path, "")).await;
        assert_eq!(
            (status, body.as_str()),
            (404, r#"{"title":"No such route"}"#),
            "{method} {path}"
        );
        assert_eq!(headers[CONTENT_TYPE], "application/problem+json");
    }
    assert!(fake.seen.lock().unwrap().is_none());
}

#[test]
fn paths_are_claimed_by_their_first_segment() {
    let (users_and_files, _) = api(ok);
    for (path, is_claimed) in [
        ("/users", true),
        ("/users/", true),
        ("/users/a/b/c", true),
        ("/files", true),
        ("/", false),
        ("/user", false),
        ("/usersx/me", false),
        ("//users", false),
    ] {
        assert_eq!(users_and_files.claims(path), is_claimed, "{path}");
    }
    let proxy = |path: &str| {
        let (RestApi { model, invoke }, _) = api(ok);
        let route = RestRoute {
            method: "ANY".into(),
            path: path.into(),
            function: "Proxy".into(),
        };
        let routes = vec![route];
        RestApi {
            model: model::RestApi { routes, ..model },
            invoke,
        }
    };
    assert!(proxy("/{path+}").claims("/any/thing"));
    assert!(!proxy("/{path+}").claims("/"));
    assert!(proxy("/").claims("/"));
    assert!(!proxy("/").claims("/any"));
}

#[tokio::test]
async fn preflights_are_answered_by_the_gateway() {
    let (api, fake) = api(ok);
    let (status, headers, _) = send(&api, request("OPTIONS", "/users", "")).await;
    assert_eq!(status, 200);
    assert_eq!(headers["access-control-allow-methods"], "GET,POST");
    assert_eq!(headers["access-control-max-age"], "600");
    assert!(!headers.contains_key(ALLOW));
    assert_eq!(send(&api, request("OPTIONS", "/nowhere", "")).await.0, 404);
    assert!(fake.seen.lock().unwrap().is_none());
}

#[tokio::test]
async fn answers_carry_single_and_multiple_headers() {
    let (api, _) = api(|| {
        let answer = json!({
            "statusCode": 201,
            "headers": {"X-One": "1", "set-cookie": "lost", "Content-Length": "999"},
            "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
            "body": "AP8=",
            "isBase64Encoded": false,
        });
        Ok(Bytes::from(answer.to_string()))
    });
    let (status, headers, body) = send(&api, request("POST", "/users", "{}")).await;
    assert_eq!((status, body.as_str()), (201, "AP8="));
    assert_eq!(headers["x-one"], "1");
    assert_eq!(
        headers.get_all(SET_COOKIE).iter().collect::<Vec<_>>(),
        ["a=1", "b=2"]
    );
    assert_eq!(headers[CONTENT_TYPE], "application/json");
}

#[tokio::test]
async fn base64_answers_are_decoded() {
    let (api, _) = api(|| {
        Ok(Bytes::from_static(
            br#"{"statusCode":200,"body":"aGk=","isBase64Encoded":true}"#,
        ))
    });
    assert_eq!(send(&api, request("GET", "/users/me", "")).await.2, "hi");
}

#[tokio::test]
async fn failures_become_gateway_errors() {
    let status = async |answer: fn() -> Result<Bytes, InvokeError>| {
        let (api, _) = api(answer);
        let (status, _, body) = send(&api, request("GET", "/users/me", "")).await;
        (status, body)
    };
    let internal = r#"{"detail":"Internal server error"}"#.to_owned();
    assert_eq!(
        status(|| Err(crashed_error())).await,
        (502, internal.clone())
    );
    assert_eq!(
        status(|| Ok(Bytes::from_static(b"\"text\""))).await,
        (502, internal.clone())
    );
    assert_eq!(
        status(|| Ok(Bytes::from_static(br#"{"statusCode":99}"#))).await,
        (502, internal)
    );
    let late = r#"{"detail":"Endpoint request timed out"}"#.to_owned();
    assert_eq!(status(|| Err(timed_out_error())).await, (504, late));
}

fn crashed_error() -> InvokeError {
    InvokeError::Crashed {
        function: "f".into(),
        status: "signal: 9".into(),
    }
}

fn timed_out_error() -> InvokeError {
    InvokeError::TimedOut {
        function: "f".into(),
        seconds: 3,
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_that_takes_longer_than_the_gateway_waits_is_a_504() {
    // The fake never answers when told to stop.
    let (api, _) = api(|| Err(InvokeError::Stopping));
    assert_eq!(send(&api, request("GET", "/users/me", "")).await.0, 504);
}

#[tokio::test]
async fn bodies_above_10_mb_are_refused() {
    let (api, fake) = api(ok);
    let (status, _, _) = send(&api, request("POST", "/users", vec![b'a'; MAX_BODY + 1])).await;
    assert_eq!(status, 413);
    assert!(fake.seen.lock().unwrap().is_none());
    assert_eq!(
        send(&api, request("POST", "/users", vec![b'a'; MAX_BODY]))
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn a_request_without_a_host_or_with_two_is_refused() {
    let (api, fake) = api(ok);
    let mut without = request("GET", "/users/me", "");
    without.headers_mut().remove("host");
    let mut twice = request("GET", "/users/me", "");
    twice.headers_mut().append("host", "other".parse().unwrap());
    for request in [without, twice] {
        assert_eq!(send(&api, request).await.0, 400);
    }
    assert!(fake.seen.lock().unwrap().is_none());
}
