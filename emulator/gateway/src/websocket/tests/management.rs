use super::*;

#[tokio::test]
async fn posts_reach_the_client_in_order() {
    let stack = Stack::start(Limits::default()).await;
    let (mut client, id) = stack.connect().await;
    for text in ["one", "two", "{\"price\":\"101.20 €\"}"] {
        assert_eq!(
            stack.manage("POST", &id, text).await,
            (200, String::new(), Value::Null)
        );
        assert_eq!(receive_text(&mut client).await, text);
    }
    let status = stack.api.status();
    assert_eq!(
        (status.open, status.messages_in, status.messages_out),
        (1, 0, 3)
    );
    assert_eq!(status.connections[0].id, id);
}

#[tokio::test]
async fn a_message_of_the_greatest_size_arrives_whole() {
    let stack = Stack::start(Limits::default()).await;
    let (mut client, id) = stack.connect().await;
    let text = "0123456789abcdef".repeat(8 * 1024);
    assert_eq!(stack.manage("POST", &id, text.clone()).await.0, 200);
    assert_eq!(receive_text(&mut client).await, text);
    let (status, kind, _) = stack.manage("POST", &id, text + "x").await;
    assert_eq!((status, kind.as_str()), (413, "PayloadTooLargeException"));
}

#[tokio::test]
async fn posts_to_unknown_connections_are_gone() {
    let stack = Stack::start(Limits::default()).await;
    let (status, kind, body) = stack.manage("POST", "L0SM9cOFvHcCIhw=", "x").await;
    assert_eq!((status, kind.as_str()), (410, "GoneException"));
    assert!(body["message"].is_string());
}

#[tokio::test]
async fn posts_before_connect_has_returned_are_gone() {
    let stack = Stack::start(Limits::default()).await;
    let (client, ()) = tokio::join!(stack.try_connect(&[]), async {
        let call = stack.call_of("connect").await;
        let id = connection_id(&call.event);
        assert_eq!(stack.manage("POST", &id, "early").await.0, 410);
        call.succeed(json!({ "statusCode": 200 }));
    });
    client.unwrap();
}

#[tokio::test]
async fn a_connection_is_described() {
    let stack = Stack::start(Limits::default()).await;
    let (_client, id) = stack.connect().await;
    let (status, _, body) = stack.manage("GET", &id, "").await;
    assert_eq!(status, 200);
    assert_eq!(body["identity"]["sourceIp"], "127.0.0.1");
    for name in ["connectedAt", "lastActiveAt"] {
        assert!(body[name].as_str().unwrap().ends_with('Z'));
    }
}

#[tokio::test]
async fn delete_closes_after_what_was_posted() {
    let stack = Stack::start(Limits::default()).await;
    let (mut client, id) = stack.connect().await;
    assert_eq!(stack.manage("POST", &id, "bye").await.0, 200);
    assert_eq!(stack.manage("DELETE", &id, "").await.0, 204);
    assert_eq!(receive_text(&mut client).await, "bye");
    assert_eq!(receive_close(&mut client).await, 1000);
    let call = stack.call_of("disconnect").await;
    assert_eq!(connection_id(&call.event), id);
    assert_eq!(stack.manage("DELETE", &id, "").await.0, 410);
    assert_eq!(stack.manage("GET", &id, "").await.0, 410);
}

#[tokio::test]
async fn a_client_that_does_not_read_gets_no_more_and_recovers() {
    let stack = Stack::start(Limits::default()).await;
    let (mut client, id) = stack.connect().await;
    let text = "x".repeat(100 * 1024);
    let mut posted = 0;
    let refused = loop {
        let (status, kind, _) = stack.manage("POST", &id, text.clone()).await;
        match status {
            200 => posted += 1,
            _ => break (status, kind),
        }
        assert!(
            posted < 1000,
            "a client that reads nothing took {posted} messages"
        );
    };
    assert_eq!(refused, (429, "LimitExceededException".to_owned()));
    assert!(stack.api.status().connections[0].buffered_bytes > 0);
    // Nothing that was taken is lost, torn or out of order.
    for _ in 0..posted {
        assert_eq!(receive_text(&mut client).await.len(), text.len());
    }
    assert_eq!(stack.manage("POST", &id, "again").await.0, 200);
    assert_eq!(receive_text(&mut client).await, "again");
}

#[tokio::test]
async fn requests_must_look_signed_and_name_the_stage() {
    let stack = Stack::start(Limits::default()).await;
    let (_client, id) = stack.connect().await;
    let request = |path: &str, signed: bool| {
        let builder = Request::post(stack.management.replace("/live", path));
        let builder = if signed {
            builder.header("authorization", "x")
        } else {
            builder
        };
        builder.body(Body::from("x")).unwrap()
    };
    let path = format!("/live/@connections/{id}");
    let (status, kind, _) = stack.send(request(&path, false)).await;
    assert_eq!(
        (status, kind.as_str()),
        (403, "MissingAuthenticationTokenException")
    );
    assert_eq!(stack.send(request(&path, true)).await.0, 200);
    assert_eq!(
        stack
            .send(request(&path.replace("live", "other"), true))
            .await
            .0,
        404
    );
    assert_eq!(stack.send(request("/", true)).await.0, 404);
}

#[tokio::test]
async fn requests_that_are_not_admitted_are_refused() {
    let stack = Stack::start(Limits::default()).await;
    let (_client, id) = stack.connect().await;
    for path in [
        format!("@connections/{}", id.replace('=', "%3D")),
        "nothing".to_owned(),
    ] {
        let request = Request::post(format!("{}/{path}", stack.management))
            .header("authorization", "AWS4-HMAC-SHA256 Credential=x")
            .header("origin", "https://evil.example")
            .body(Body::from("x"))
            .unwrap();
        let (status, kind, _) = stack.send(request).await;
        assert_eq!((status, kind.as_str()), (403, "ForbiddenException"));
    }
}
