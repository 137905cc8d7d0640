use std::time::Duration;

use super::*;

async fn disconnected(stack: &Stack) -> (u64, String) {
    let call = stack.call_of("disconnect").await;
    let context = &call.event["requestContext"];
    assert_eq!(context["eventType"], "DISCONNECT");
    assert_eq!(context["routeKey"], "$disconnect");
    let code = context["disconnectStatusCode"].as_u64().unwrap();
    let reason = context["disconnectReason"].as_str().unwrap().to_owned();
    call.succeed(json!({ "statusCode": 200 }));
    (code, reason)
}

#[tokio::test]
async fn a_client_that_closes_is_answered_and_its_code_is_told() {
    use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};
    let stack = Stack::start(Limits::default()).await;
    let (mut client, id) = stack.connect().await;
    let frame = CloseFrame {
        code: CloseCode::Library(4001),
        reason: "enough".into(),
    };
    client.close(Some(frame)).await.unwrap();
    assert_eq!(receive_close(&mut client).await, 4001);
    assert_eq!(disconnected(&stack).await, (4001, "enough".to_owned()));
    assert_eq!(stack.manage("POST", &id, "x").await.0, 410);

    let (mut client, _) = stack.connect().await;
    client.close(None).await.unwrap();
    let expected = (1005, "Client-side close frame status not set".to_owned());
    assert_eq!(disconnected(&stack).await, expected);
}

/// Sends a close frame with this payload; the code of the answer.
async fn answer_to_close(stack: &Stack, payload: &[u8]) -> u16 {
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, OpCode};
    let (mut client, _) = stack.connect().await;
    let mut frame = Frame::close(None);
    frame.header_mut().opcode = OpCode::Control(Control::Close);
    let frame = Frame::from_payload(frame.header().clone(), payload.to_vec().into());
    client.send(Message::Frame(frame)).await.unwrap();
    let answer = receive_close(&mut client).await;
    assert_eq!(disconnected(stack).await.0, u64::from(answer));
    answer
}

#[tokio::test]
async fn close_codes_that_must_not_be_sent_are_protocol_errors() {
    let stack = Stack::start(Limits::default()).await;
    for code in [
        0,
        1,
        999,
        1004,
        1005,
        1006,
        1015,
        1016,
        2999,
        5000,
        u16::MAX,
    ] {
        let answer = answer_to_close(&stack, &code.to_be_bytes()).await;
        assert_eq!(answer, 1002, "{code}");
    }
    for code in [1000_u16, 1001, 1003, 1007, 1011, 1013, 3000, 4999] {
        assert_eq!(answer_to_close(&stack, &code.to_be_bytes()).await, code);
    }
}

#[tokio::test]
async fn malformed_close_payloads_are_refused() {
    let stack = Stack::start(Limits::default()).await;
    assert_eq!(answer_to_close(&stack, &[3]).await, 1002);
    assert_eq!(answer_to_close(&stack, &[3, 0xE8, 0xFF]).await, 1007);
}

#[tokio::test]
async fn a_cut_connection_is_disconnected() {
    let stack = Stack::start(Limits::default()).await;
    let (client, id) = stack.connect().await;
    drop(client);
    assert_eq!(disconnected(&stack).await.0, 1006);
    assert_eq!(stack.manage("POST", &id, "x").await.0, 410);
    assert_eq!(stack.api.status().open, 0);
}

#[tokio::test]
async fn a_connection_cut_while_a_function_is_at_work_is_disconnected_at_once() {
    let stack = Stack::start(Limits::default()).await;
    let (mut client, _) = stack.connect().await;
    send(&mut client, "x").await;
    let held = stack.call_of("message").await;
    drop(client);
    assert_eq!(disconnected(&stack).await.0, 1006);
    held.succeed(json!({ "statusCode": 200, "body": "too late" }));
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let limits = Limits {
        idle: Duration::from_millis(50),
        ..Limits::default()
    };
    let stack = Stack::start(limits).await;
    let (mut client, _) = stack.connect().await;
    assert_eq!(receive_close(&mut client).await, 1001);
    assert_eq!(disconnected(&stack).await, (1001, "Going away".to_owned()));
}

#[tokio::test]
async fn a_connection_is_closed_at_its_greatest_age() {
    let limits = Limits {
        duration: Duration::from_millis(50),
        ..Limits::default()
    };
    let stack = Stack::start(limits).await;
    let started = std::time::Instant::now();
    let (mut client, _) = stack.connect().await;
    assert_eq!(receive_close(&mut client).await, 1001);
    assert!(started.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn messages_keep_a_connection_open_and_pings_do_not() {
    let stack = Stack::start(Limits::default()).await;
    let (mut client, id) = stack.connect().await;
    let opened = stack.last_active(&id).await;
    client.send(Message::Ping(Bytes::new())).await.unwrap();
    assert!(receive(&mut client).await.is_pong());
    assert_eq!(stack.last_active(&id).await, opened);
    // It is told in milliseconds: the first messages may fall into the same one.
    while stack.last_active(&id).await == opened {
        stack.manage("POST", &id, "x").await;
    }
    let posted = stack.last_active(&id).await;
    while stack.last_active(&id).await == posted {
        send(&mut client, "x").await;
        let answer = json!({ "statusCode": 200 });
        stack.call_of("message").await.succeed(answer);
    }
}

#[test]
fn a_connection_is_due_when_it_is_old_or_has_been_idle() {
    let limits = Limits::default();
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    assert_eq!(limits.due(minutes(0)), minutes(10));
    assert_eq!(limits.due(minutes(5)), minutes(15));
    assert_eq!(limits.due(minutes(115)), minutes(120));
}

#[tokio::test]
async fn messages_over_the_limits_close_the_connection() {
    let stack = Stack::start(Limits::default()).await;
    for message in [
        Message::text("x".repeat(32 * 1024 + 1)),
        Message::binary(Bytes::from_static(b"x")),
    ] {
        let expected = if message.is_binary() { 1003 } else { 1009 };
        let (mut client, _) = stack.connect().await;
        client.send(message).await.unwrap();
        assert_eq!(receive_close(&mut client).await, expected);
        assert_eq!(disconnected(&stack).await.0, u64::from(expected));
    }
}

#[tokio::test]
async fn all_are_closed_and_their_disconnects_waited_for() {
    let stack = Stack::start(Limits::default()).await;
    let (mut one, id) = stack.connect().await;
    let (mut two, _) = stack.connect().await;
    let clients = async {
        assert_eq!(receive_close(&mut one).await, 1001);
        assert_eq!(receive_close(&mut two).await, 1001);
        drop((one, two));
    };
    let functions = async {
        assert_eq!(disconnected(&stack).await.0, 1001);
        assert_eq!(disconnected(&stack).await.0, 1001);
    };
    tokio::join!(stack.api.close(), clients, functions);
    // What is delivered now still gets an answer.
    assert_eq!(stack.manage("POST", &id, "x").await.0, 410);
    assert_eq!(stack.api.status().open, 0);
    assert!(stack.try_connect(&[]).await.is_err());
}
