use serde_json::{Value, json};

use super::*;
use crate::feed::{RouteResponse, connection_id};

const CONNECT: &str = include_str!("../../../fixtures/ws-connect.json");
const DISCONNECT: &str = include_str!("../../../fixtures/ws-disconnect.json");
const MESSAGE: &str = include_str!("../../../fixtures/ws-message.json");

/// A real event, with these headers and parameters.
fn event(headers: &[(&str, &str)], query: &[(&str, &str)]) -> ApiGatewayWebsocketProxyRequest {
    let mut event: Value = serde_json::from_str(CONNECT).unwrap();
    for (name, value) in headers {
        event["headers"][name] = json!(value);
        event["multiValueHeaders"][name] = json!([value]);
    }
    for (name, value) in query {
        event["queryStringParameters"][name] = json!(value);
    }
    serde_json::from_value(event).unwrap()
}

#[test]
fn every_event_names_its_connection() {
    for (fixture, id) in [
        (CONNECT, "asdfasdf="),
        (DISCONNECT, "AAAA1234="),
        (MESSAGE, "TWegAcC4EowCHnA="),
    ] {
        let mut event: ApiGatewayWebsocketProxyRequest = serde_json::from_str(fixture).unwrap();
        assert_eq!(&*connection_id(&event).unwrap().0, id);
        event.request_context.connection_id = None;
        assert_eq!(connection_id(&event), None);
    }
}

#[test]
fn a_client_need_not_offer_or_send_anything() {
    let nothing = ConnectRequest {
        protocol: None,
        token: None,
    };
    let event = event(&[], &[("theme", "dark")]);
    assert_eq!(connect_request(&event).ok(), Some(nothing));
}

#[test]
fn a_token_comes_in_the_header() {
    for header in ["Bearer good", "bearer  good "] {
        let event = event(&[("Authorization", header)], &[]);
        assert_eq!(connect_request(&event).unwrap().token, Some("good"));
    }
}

#[test]
fn several_tokens_are_refused() {
    let mut several: Value = serde_json::from_str(CONNECT).unwrap();
    several["headers"]["Authorization"] = json!("Bearer b");
    several["multiValueHeaders"]["Authorization"] = json!(["Bearer a", "Bearer b"]);
    let event = serde_json::from_value(several).unwrap();
    let refused = connect_request(&event).unwrap_err();
    assert!(matches!(refused, Error::Invalid(_)), "{refused:?}");
}

#[test]
fn our_protocol_is_chosen_among_those_offered() {
    for offer in [
        "fastfusion.v1",
        "mqtt,fastfusion.v1",
        " graphql-ws ,\tfastfusion.v1 , x",
    ] {
        let event = event(&[("Sec-WebSocket-Protocol", offer)], &[]);
        let protocol = connect_request(&event).unwrap().protocol;
        assert_eq!(protocol, Some(Protocol::FastfusionV1), "{offer}");
    }
}

#[test]
fn bad_requests_are_refused() {
    let jwt = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2ln";
    for (headers, query, status) in [
        (&[("Sec-WebSocket-Protocol", "mqtt")][..], &[][..], 400),
        (
            &[("Sec-WebSocket-Protocol", "mqtt, fastfusion.v10")],
            &[],
            400,
        ),
        (&[("Authorization", "good")], &[], 401),
        (&[("Authorization", "Basic good")], &[], 401),
        (&[], &[("token", "good")], 400),
        (&[], &[("access_token", "x")], 400),
        (&[], &[("Authorization", "Bearer good")], 400),
        (&[], &[("q", jwt)], 400),
        (
            &[("Authorization", "Bearer good")],
            &[("Token", "good")],
            400,
        ),
    ] {
        let error = connect_request(&event(headers, query)).unwrap_err();
        let response = serde_json::to_value(RouteResponse::refused(error)).unwrap();
        assert_eq!(response["statusCode"], status, "{headers:?} {query:?}");
    }
}

#[test]
fn a_graphql_client_gets_no_empty_message() {
    let body = |response| serde_json::to_value::<RouteResponse>(response).unwrap()["body"].clone();
    assert_eq!(body(RouteResponse::operations(None)), r#"{"type":"pong"}"#);
    let frame = feed::Frame::new("x");
    assert_eq!(body(RouteResponse::operations(Some(frame))), "x");
    assert_eq!(body(RouteResponse::ok(None)), Value::Null);
}

#[test]
fn the_answer_names_the_protocol_or_is_a_problem() {
    let answer = |response| serde_json::to_value::<RouteResponse>(response).unwrap();
    assert_eq!(
        answer(RouteResponse::accepted(None)),
        json!({"statusCode": 200})
    );
    let headers = json!({"Sec-WebSocket-Protocol": "fastfusion.v1"});
    assert_eq!(
        answer(RouteResponse::accepted(Some("fastfusion.v1"))),
        json!({"statusCode": 200, "headers": headers})
    );
    let unavailable = Error::Unavailable {
        what: "the store",
        source: "out of order".into(),
    };
    for (error, status, kind) in [
        (invalid("q", "bad"), 400, "validation"),
        (Error::Unauthenticated("malformed"), 401, "unauthenticated"),
        (unavailable, 503, "unavailable"),
    ] {
        let refused = answer(RouteResponse::refused(error));
        let headers = &refused["headers"];
        assert_eq!(refused["statusCode"], status);
        assert_eq!(headers["Content-Type"], "application/problem+json");
        assert_eq!(headers.get("WWW-Authenticate").is_some(), status == 401);
        let problem: Value = serde_json::from_str(refused["body"].as_str().unwrap()).unwrap();
        assert_eq!(problem["type"], format!("/problems/{kind}"));
    }
}
