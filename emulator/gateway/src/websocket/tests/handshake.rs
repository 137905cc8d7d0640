use aws_lambda_events::event::apigw::ApiGatewayWebsocketProxyRequest;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use super::*;

#[tokio::test]
async fn connect_runs_before_the_handshake_with_the_event_of_aws() {
    let stack = Stack::start(Limits::default()).await;
    let headers = [("authorization", "Bearer x"), ("user-agent", "test")];
    let (client, event) = tokio::join!(stack.try_connect(&headers), async {
        let call = stack.call_of("connect").await;
        assert_eq!(stack.api.status().open, 0);
        let event = call.event.clone();
        call.succeed(json!({ "statusCode": 200 }));
        event
    });
    client.unwrap();
    let context = &event["requestContext"];
    assert_eq!(context["routeKey"], "$connect");
    assert_eq!(context["eventType"], "CONNECT");
    assert_eq!(context["messageDirection"], "IN");
    assert_eq!(context["stage"], "live");
    assert_eq!(context["apiId"], "FeedApi");
    assert_eq!(context["domainName"], stack.front.to_string());
    assert_eq!(
        context["identity"],
        json!({ "sourceIp": "127.0.0.1", "userAgent": "test" })
    );
    assert_eq!(context["connectionId"].as_str().unwrap().len(), 16);
    assert_eq!(event["headers"]["Authorization"], "Bearer x");
    assert_eq!(
        event["multiValueHeaders"]["Sec-WebSocket-Version"],
        json!(["13"])
    );
    assert_eq!(event["queryStringParameters"], json!({ "a": "2" }));
    assert_eq!(
        event["multiValueQueryStringParameters"],
        json!({ "a": ["1", "2"] })
    );
    let typed: ApiGatewayWebsocketProxyRequest = serde_json::from_value(event).unwrap();
    assert_eq!(typed.headers["authorization"], "Bearer x");
    assert!(typed.request_context.connected_at > 1_700_000_000_000);
}

#[tokio::test]
async fn events_have_every_field_of_the_recorded_ones() {
    let recorded: [Value; 2] = [
        include_str!("fixtures/connect.json"),
        include_str!("fixtures/disconnect.json"),
    ]
    .map(|text| serde_json::from_str(text).unwrap());
    let stack = Stack::start(Limits::default()).await;
    let (client, connect) = tokio::join!(stack.try_connect(&[]), async {
        let call = stack.call_of("connect").await;
        let event = call.event.clone();
        call.succeed(json!({ "statusCode": 200 }));
        event
    });
    drop(client);
    let disconnect = stack.call_of("disconnect").await.event;
    for (recorded, ours) in recorded.iter().zip([connect, disconnect]) {
        for part in [&recorded["requestContext"], recorded] {
            let ours = if std::ptr::eq(part, recorded) {
                &ours
            } else {
                &ours["requestContext"]
            };
            for name in part.as_object().unwrap().keys() {
                assert!(ours.get(name).is_some(), "{name} is missing in {ours}");
            }
        }
    }
}

async fn refused(answer: impl FnOnce(Call)) -> (u16, Stack) {
    let stack = Stack::start(Limits::default()).await;
    let (client, ()) = tokio::join!(stack.try_connect(&[]), async {
        answer(stack.call_of("connect").await);
    });
    let Err(ClientError::Http(response)) = client else {
        panic!("accepted")
    };
    (response.status().as_u16(), stack)
}

#[tokio::test]
async fn a_refusal_of_connect_is_the_status_of_the_handshake() {
    let (status, stack) = refused(|call| call.succeed(json!({ "statusCode": 401 }))).await;
    assert_eq!(status, 401);
    assert_eq!(
        (stack.api.status().refused, stack.api.status().accepted),
        (1, 0)
    );
}

#[tokio::test]
async fn a_fault_of_connect_is_a_bad_gateway() {
    assert_eq!(refused(Call::fail).await.0, 502);
    assert_eq!(
        refused(|call| call.succeed(json!("no proxy response")))
            .await
            .0,
        502
    );
    let stopping = |call: Call| call.answer.send(Err(InvokeError::Stopping)).unwrap();
    assert_eq!(refused(stopping).await.0, 500);
}

/// Offers "one, two" to a `$connect` that chooses `chosen`: what the handshake's answer says.
async fn negotiated(chosen: &str) -> Result<String, ClientError> {
    let stack = Stack::start(Limits::default()).await;
    let mut request = format!("ws://{}/", stack.front)
        .into_client_request()
        .unwrap();
    let offer = HeaderValue::from_static("one, two");
    request
        .headers_mut()
        .insert("sec-websocket-protocol", offer);
    let (connected, ()) = tokio::join!(tokio_tungstenite::connect_async(request), async {
        let call = stack.call_of("connect").await;
        assert_eq!(call.event["headers"]["Sec-WebSocket-Protocol"], "one, two");
        let headers = json!({ "Sec-WebSocket-Protocol": chosen });
        call.succeed(json!({ "statusCode": 200, "headers": headers }));
    });
    let (_, response) = connected?;
    Ok(response.headers()["sec-websocket-protocol"]
        .to_str()
        .unwrap()
        .to_owned())
}

#[tokio::test]
async fn the_subprotocol_is_the_one_that_connect_chose_if_it_was_offered() {
    assert_eq!(negotiated("two").await.unwrap(), "two");
    // tungstenite insists on one of the protocols that it offered, and gets none.
    assert!(matches!(
        negotiated("three").await,
        Err(ClientError::Protocol(_))
    ));
}

#[tokio::test]
async fn too_many_connections_in_a_second_are_refused() {
    let limits = Limits {
        connections_per_second: Some(0),
        ..Limits::default()
    };
    let stack = Stack::start(limits).await;
    let Err(ClientError::Http(response)) = stack.try_connect(&[]).await else {
        panic!("accepted")
    };
    assert_eq!(response.status().as_u16(), 429);
}

/// What RFC 6455 has a client send, but for the key.
const HEAD: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                    Sec-WebSocket-Version: 13\r\n";
const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// The head of the answer to a request that is sent as it is, while `$connect` answers so.
async fn answer_to(stack: &Stack, request: &str, connect: Option<Value>) -> String {
    let mut stream = TcpStream::connect(stack.front).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    if let Some(answer) = connect {
        stack.call_of("connect").await.succeed(answer);
    }
    let mut head = String::new();
    let mut lines = BufReader::new(&mut stream);
    while !head.ends_with("\r\n\r\n") && lines.read_line(&mut head).await.unwrap() > 0 {}
    head
}

#[tokio::test]
async fn the_subprotocol_header_is_spelled_as_connect_spells_it() {
    let offer = format!("{HEAD}{KEY}sec-websocket-protocol: one\r\n\r\n");
    for name in [
        "Sec-WebSocket-Protocol",
        "Sec-Websocket-Protocol",
        "sec-websocket-protocol",
        "SEC-WEBSOCKET-PROTOCOL",
    ] {
        for headers in ["headers", "multiValueHeaders"] {
            let stack = Stack::start(Limits::default()).await;
            let value = if headers == "headers" {
                json!("one")
            } else {
                json!(["one"])
            };
            let connect = json!({ "statusCode": 200, headers: { name: value } });
            let answer = answer_to(&stack, &offer, Some(connect)).await;
            assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
            assert!(answer.contains(&format!("\r\n{name}: one\r\n")), "{answer}");
        }
    }
}

#[tokio::test]
async fn lists_in_upgrade_and_connection_are_read() {
    let stack = Stack::start(Limits::default()).await;
    let request = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c, WebSocket\r\nConnection: keep-alive, upgrade\r\n\
         Sec-WebSocket-Version: 13\r\n{KEY}\r\n"
    );
    let answer = answer_to(&stack, &request, Some(json!({ "statusCode": 200 }))).await;
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    // The answer to the key of RFC 6455's own example.
    assert!(
        answer.contains(": s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_request_that_is_no_handshake_is_refused_without_invoking() {
    let stack = Stack::start(Limits::default()).await;
    let without = |line: &str| format!("{}{KEY}\r\n", HEAD.replace(line, ""));
    let with_key = |key: &str| format!("{HEAD}Sec-WebSocket-Key: {key}\r\n\r\n");
    for (request, status) in [
        (format!("{HEAD}\r\n"), 400),
        (with_key(""), 400),
        (with_key("short"), 400),
        (with_key("dGhlIHNhbXBsZSBub25jZQ"), 400),
        (with_key("dGhlIHNhbXBsZSBub25jZSE="), 400),
        (with_key("????????????????????????"), 400),
        (format!("{HEAD}{KEY}{KEY}\r\n"), 400),
        (without("Host: localhost\r\n"), 400),
        (format!("{HEAD}{KEY}Host: other\r\n\r\n"), 400),
        (without("Connection: Upgrade\r\n"), 400),
        (
            format!("{HEAD}{KEY}\r\n").replace("Connection: Upgrade", "Connection: close"),
            400,
        ),
        (without("Sec-WebSocket-Version: 13\r\n"), 426),
        (format!("{HEAD}{KEY}\r\n").replace("13", "8"), 426),
        (format!("{HEAD}{KEY}\r\n").replace("13", "013"), 426),
        (format!("{HEAD}{KEY}\r\n").replace("GET", "POST"), 400),
        (
            format!("{HEAD}{KEY}\r\n").replace("HTTP/1.1", "HTTP/1.0"),
            400,
        ),
    ] {
        let answer = answer_to(&stack, &request, None).await;
        let found = answer.split(' ').nth(1).map(str::to_owned);
        assert_eq!(found, Some(status.to_string()), "{request}{answer}");
        if status == 426 {
            assert!(
                answer.contains("\r\nsec-websocket-version: 13\r\n"),
                "{answer}"
            );
        }
    }
}
