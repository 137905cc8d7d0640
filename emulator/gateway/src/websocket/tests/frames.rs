use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::*;

fn data(kind: Data, payload: &'static [u8], is_last: bool) -> Frame {
    Frame::message(payload, OpCode::Data(kind), is_last)
}

#[tokio::test]
async fn fragments_make_one_message_with_a_ping_between_them() {
    let stack = Stack::start(Limits::default()).await;
    let (mut client, _) = stack.connect().await;
    for frame in [
        data(Data::Text, b"one ", false),
        Frame::ping(Bytes::from_static(b"?")),
        data(Data::Continue, b"two ", false),
        data(Data::Continue, b"three", true),
    ] {
        client.send(Message::Frame(frame)).await.unwrap();
    }
    let pong = Message::Pong(Bytes::from_static(b"?"));
    assert_eq!(receive(&mut client).await, pong);
    let call = stack.call_of("message").await;
    assert_eq!(call.event["body"], "one two three");
}

#[tokio::test]
async fn violations_have_their_close_codes() {
    let stack = Stack::start(Limits::default()).await;
    let mut reserved = data(Data::Text, b"x", true);
    reserved.header_mut().rsv1 = true;
    let mut fragmented_ping = Frame::ping(Bytes::from_static(b"x"));
    fragmented_ping.header_mut().is_final = false;
    for (frame, code) in [
        (data(Data::Text, &[0xFF], true), 1007),
        (data(Data::Continue, b"x", true), 1002),
        (fragmented_ping, 1002),
        (reserved, 1002),
    ] {
        let (mut client, _) = stack.connect().await;
        client.send(Message::Frame(frame)).await.unwrap();
        assert_eq!(receive_close(&mut client).await, code);
        let call = stack.call_of("disconnect").await;
        assert_eq!(call.event["requestContext"]["disconnectStatusCode"], code);
    }
}

#[tokio::test]
async fn a_frame_without_a_mask_is_a_violation() {
    let stack = Stack::start(Limits::default()).await;
    let (mut client, _) = stack.connect().await;
    client.get_mut().write_all(&[0x81, 1, b'x']).await.unwrap();
    assert_eq!(receive_close(&mut client).await, 1002);
}

#[tokio::test]
async fn fragments_together_keep_the_message_limit() {
    let limits = Limits {
        message_bytes: 10,
        ..Limits::default()
    };
    let stack = Stack::start(limits).await;
    let (mut client, _) = stack.connect().await;
    for frame in [
        data(Data::Text, b"123456", false),
        data(Data::Continue, b"78901", true),
    ] {
        client.send(Message::Frame(frame)).await.unwrap();
    }
    assert_eq!(receive_close(&mut client).await, 1009);
}
