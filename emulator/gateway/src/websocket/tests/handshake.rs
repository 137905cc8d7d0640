use aws_lambda_events::event::apigw::ApiGatewayWebsocketProxyRequest;

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

#[tokio::test]
async fn a_request_that_is_no_handshake_is_refused_without_invoking() {
    let stack = Stack::start(Limits::default()).await;
    for (version, status) in [("13", 400), ("8", 426)] {
        let request = Request::get(format!("http://{}/", stack.front))
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", version)
            .body(Body::empty())
            .unwrap();
        assert_eq!(stack.send(request).await.0, status);
    }
}
