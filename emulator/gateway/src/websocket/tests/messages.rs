use super::*;

#[tokio::test]
async fn the_answer_of_a_route_with_a_response_goes_to_the_client() {
    let stack = Stack::start(Limits::default()).await;
    let (mut client, id) = stack.connect().await;
    send(&mut client, r#"{"op":"ping"}"#).await;
    let call = stack.call_of("message").await;
    assert_eq!(call.event["body"], r#"{"op":"ping"}"#);
    assert_eq!(call.event["isBase64Encoded"], false);
    let context = &call.event["requestContext"];
    assert_eq!(context["eventType"], "MESSAGE");
    assert_eq!(context["routeKey"], "$default");
    assert_eq!(context["connectionId"], id);
    assert!(context["messageId"].is_string());
    call.succeed(json!({ "statusCode": 200, "body": "pong" }));
    assert_eq!(receive_text(&mut client).await, "pong");
}

#[tokio::test]
async fn a_route_without_a_response_answers_nothing() {
    let stack = Stack::start(Limits::default()).await;
    let (mut client, id) = stack.connect().await;
    send(&mut client, r#"{"op":"quiet"}"#).await;
    let call = stack.call_of("quiet").await;
    assert_eq!(call.event["requestContext"]["routeKey"], "quiet");
    call.succeed(json!({ "statusCode": 200, "body": "unheard" }));
    send(&mut client, "next").await;
    stack
        .call_of("message")
        .await
        .succeed(json!({ "statusCode": 200, "body": "heard" }));
    assert_eq!(receive_text(&mut client).await, "heard");
    stack.manage("POST", &id, "posted").await;
    assert_eq!(receive_text(&mut client).await, "posted");
}

#[tokio::test]
async fn an_answer_without_a_body_is_an_empty_message() {
    let stack = Stack::start(Limits::default()).await;
    let (mut client, _) = stack.connect().await;
    for answer in [
        json!({ "statusCode": 200 }),
        json!({ "statusCode": 200, "body": "" }),
    ] {
        send(&mut client, "x").await;
        stack.call_of("message").await.succeed(answer);
        assert_eq!(receive_text(&mut client).await, "");
    }
}

#[tokio::test]
async fn a_fault_is_told_in_the_words_of_aws_and_the_connection_stays() {
    let stack = Stack::start(Limits::default()).await;
    let (mut client, id) = stack.connect().await;
    for answer in [Call::fail, |call: Call| {
        call.succeed(json!({ "no": "status" }))
    }] {
        send(&mut client, "x").await;
        answer(stack.call_of("message").await);
        let told: Value = serde_json::from_str(&receive_text(&mut client).await).unwrap();
        assert_eq!(told["message"], "Internal server error");
        assert_eq!(told["connectionId"], id);
        assert!(told["requestId"].is_string());
    }
}

#[tokio::test]
async fn messages_of_one_connection_are_delivered_in_order() {
    let stack = Stack::start(Limits::default()).await;
    let (mut client, _) = stack.connect().await;
    for number in 0..20 {
        send(&mut client, &number.to_string()).await;
    }
    // Once the ping is answered, all of them have been read.
    client.send(Message::Ping(Bytes::new())).await.unwrap();
    assert!(receive(&mut client).await.is_pong());
    for number in 0..20 {
        let call = stack.call_of("message").await;
        assert_eq!(call.event["body"], number.to_string());
        assert!(stack.calls.lock().await.try_recv().is_err(), "two at once");
        call.succeed(json!({ "statusCode": 200 }));
    }
}

#[tokio::test]
async fn connections_do_not_wait_for_each_other() {
    let stack = Stack::start(Limits::default()).await;
    let (mut one, first) = stack.connect().await;
    let (mut two, second) = stack.connect().await;
    send(&mut one, "x").await;
    let held = stack.call().await;
    assert_eq!(connection_id(&held.event), first);
    send(&mut two, "x").await;
    let other = stack.call().await;
    assert_eq!(connection_id(&other.event), second);
    other.succeed(json!({ "statusCode": 200, "body": "two" }));
    assert_eq!(receive_text(&mut two).await, "two");
    held.succeed(json!({ "statusCode": 200, "body": "one" }));
    assert_eq!(receive_text(&mut one).await, "one");
}

#[tokio::test]
async fn pings_are_answered_while_a_function_is_at_work() {
    let stack = Stack::start(Limits::default()).await;
    let (mut client, _) = stack.connect().await;
    send(&mut client, "x").await;
    let _held = stack.call_of("message").await;
    client
        .send(Message::Ping(Bytes::from_static(b"?")))
        .await
        .unwrap();
    assert_eq!(
        receive(&mut client).await,
        Message::Pong(Bytes::from_static(b"?"))
    );
}

#[tokio::test]
async fn what_was_received_is_delivered_even_if_the_client_then_leaves() {
    let stack = Stack::start(Limits::default()).await;
    let (mut client, _) = stack.connect().await;
    for text in ["one", "two"] {
        send(&mut client, text).await;
    }
    client.close(None).await.unwrap();
    let mut bodies = Vec::new();
    for _ in 0..3 {
        let call = stack.call().await;
        bodies.push(call.event["body"].clone());
        call.succeed(json!({ "statusCode": 200 }));
    }
    assert!(
        bodies.contains(&"one".into()) && bodies.contains(&"two".into()),
        "{bodies:?}"
    );
}
