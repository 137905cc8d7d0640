use e2e::{Session, Socket, Stack};
use serde_json::json;

#[tokio::test]
async fn the_authorization_header_authenticates() {
    let stack = Stack::shared();
    let user = Session::new(stack).new_user().await.unwrap();
    let mut socket = Socket::authenticated(stack, &user.token).await.unwrap();
    let (ack, snapshot) = socket
        .subscribe("mine", json!({"users": "me"}))
        .await
        .unwrap();
    assert_eq!(
        (ack["op"].as_str(), ack["id"].as_str()),
        (Some("subscribe"), Some("mine"))
    );
    assert!(
        snapshot["prices"][user.id.to_string()].is_string(),
        "{snapshot}"
    );
}

#[tokio::test]
async fn a_bad_token_in_the_header_refuses_the_handshake() {
    let refused = Socket::authenticated(Stack::shared(), "nonsense").await;
    let error = refused.err().expect("the handshake is refused").to_string();
    assert!(error.contains("401"), "{error}");
}

#[tokio::test]
async fn the_subprotocol_is_negotiated() {
    let stack = Stack::shared();
    for (offered, accepted) in [
        ("fastfusion.v1", "fastfusion.v1"),
        ("other, fastfusion.v1", "fastfusion.v1"),
    ] {
        let socket = Socket::connect_with(stack, &[("sec-websocket-protocol", offered)])
            .await
            .unwrap();
        assert_eq!(
            socket.handshake.headers()["sec-websocket-protocol"],
            accepted
        );
    }
    let refused = Socket::connect_with(stack, &[("sec-websocket-protocol", "other")]).await;
    let error = refused
        .err()
        .expect("no known subprotocol is offered")
        .to_string();
    assert!(error.contains("400"), "{error}");
}

#[tokio::test]
async fn the_first_message_authenticates() {
    let stack = Stack::shared();
    let user = Session::new(stack).new_user().await.unwrap();
    let mut socket = Socket::connect(stack).await.unwrap();

    socket
        .send(&json!({"op": "subscribe", "id": "early", "users": "me"}))
        .await
        .unwrap();
    let early = socket.next().await.unwrap();
    assert_eq!(
        (early["type"].as_str(), early["code"].as_str()),
        (Some("error"), Some("unauthenticated"))
    );

    socket
        .send(&json!({"op": "auth", "token": "nonsense"}))
        .await
        .unwrap();
    assert_eq!(socket.next().await.unwrap()["code"], "invalid_token");

    socket
        .send(&json!({"op": "auth", "token": user.token}))
        .await
        .unwrap();
    let ack = socket.next().await.unwrap();
    assert_eq!(
        (ack["type"].as_str(), ack["op"].as_str()),
        (Some("ack"), Some("auth"))
    );
    assert_eq!(ack["user_id"], user.id.to_string());
    socket
        .subscribe("mine", json!({"users": "me"}))
        .await
        .unwrap();
}

#[tokio::test]
async fn who_does_not_authenticate_is_disconnected_with_notice() {
    let mut socket = Socket::connect(Stack::shared()).await.unwrap();
    let bye = socket.next().await.unwrap();
    assert_eq!(
        (bye["type"].as_str(), bye["code"].as_str()),
        (Some("bye"), Some("unauthenticated"))
    );
    socket.closed().await.unwrap();
}
