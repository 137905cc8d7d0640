use std::collections::HashMap;

use e2e::{Options, Session, Socket, Stack, TopicReader, User, produce};
use serde_json::{Value, json};

const TOPIC: &str = "user.registered";

/// A connection that listens to registrations.
async fn listen(stack: &Stack, session: &Session) -> Socket {
    let listener = session.new_user().await.unwrap();
    stack.mail_to(&listener.email, "Welcome").await.unwrap();
    let mut socket = Socket::authenticated(stack, &listener.token).await.unwrap();
    let subscribe = json!({"op": "subscribe", "id": "r", "users": "registrations"});
    socket.send(&subscribe).await.unwrap();
    let ack = socket.next().await.unwrap();
    assert_eq!((&ack["type"], &ack["id"]), (&json!("ack"), &json!("r")));
    socket
}

/// The announcement of a user.
async fn announcement(socket: &mut Socket, user: &User) -> Value {
    loop {
        let frame = socket.next_of("user.registered").await.unwrap();
        let users = frame["users"].as_array().unwrap();
        let found = users
            .iter()
            .find(|found| found["user_id"] == user.id.to_string());
        if let Some(found) = found {
            return found.clone();
        }
    }
}

#[tokio::test]
async fn whoever_registers_is_announced_and_welcomed() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let mut socket = listen(stack, &session).await;
    let user = session.new_user().await.unwrap();
    let announced = announcement(&mut socket, &user).await;
    assert_eq!(announced["name"], "Ada Lovelace");
    assert_eq!(announced["price"], user.registration["price"]);
    assert_eq!(announced["registered_at"], user.registration["created_at"]);
    let fields: Vec<_> = announced.as_object().unwrap().keys().collect();
    assert_eq!(fields.len(), 4, "nothing else is told: {fields:?}");

    let mails = stack.mail_to(&user.email, "Welcome").await.unwrap();
    assert_eq!(mails.len(), 1);
    let text = mails[0]["text"].as_str().unwrap();
    assert!(
        !text.contains("Lovelace"),
        "nothing that a stranger chose: {text}"
    );
    assert!(
        text.contains(user.registration["price"].as_str().unwrap()),
        "{text}"
    );
}

#[tokio::test]
async fn registrations_are_for_users_and_have_no_past() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let mut socket = Socket::connect(stack).await.unwrap();
    let subscribe = json!({"op": "subscribe", "id": "r", "users": "registrations"});
    socket.send(&subscribe).await.unwrap();
    assert_eq!(socket.next().await.unwrap()["code"], "unauthenticated");

    let user = session.new_user().await.unwrap();
    let auth = json!({"op": "auth", "token": user.token});
    socket.send(&auth).await.unwrap();
    socket.next_of("ack").await.unwrap();
    let since = json!({"op": "subscribe", "id": "r", "users": "registrations", "since": 1});
    socket.send(&since).await.unwrap();
    assert_eq!(socket.next().await.unwrap()["code"], "invalid_subscription");
    socket.send(&subscribe).await.unwrap();
    assert_eq!(socket.next().await.unwrap()["type"], "ack");
    socket.send(&json!({"op": "list"})).await.unwrap();
    let listed = socket.next_of("subscriptions").await.unwrap();
    assert_eq!(listed["subscriptions"][0]["users"], "registrations");
    socket
        .send(&json!({"op": "unsubscribe", "id": "r"}))
        .await
        .unwrap();
    assert_eq!(socket.next_of("ack").await.unwrap()["op"], "unsubscribe");
}

#[tokio::test]
async fn an_outage_and_kills_lose_no_welcome_and_send_none_twice() {
    let stack = Stack::start(Options::default()).unwrap();
    let session = Session::new(&stack);
    let mut socket = listen(&stack, &session).await;
    let down = json!({"throttle": 1_000_000});
    stack.set_outbox_faults(&down).await.unwrap();
    let mut users = Vec::new();
    for _ in 0..4 {
        users.push(session.new_user().await.unwrap());
    }
    // An announcement doesn't wait for the welcome.
    announcement(&mut socket, &users[0]).await;
    stack.kill_service("notification").await.unwrap();
    stack.kill_function("registration-fanout").await.unwrap();
    stack.set_outbox_faults(&json!({})).await.unwrap();
    for user in &users {
        stack.mail_to(&user.email, "Welcome").await.unwrap();
    }
    for user in &users {
        let mails = stack.mail_to(&user.email, "Welcome").await.unwrap();
        assert_eq!(mails.len(), 1, "{mails:?}");
    }
}

#[tokio::test]
async fn a_poisoned_record_goes_to_the_dead_letters_and_the_next_is_welcomed() {
    let stack = Stack::start(Options::default()).unwrap();
    let session = Session::new(&stack);
    let key = "019b76da-a800-7000-8000-000000000001";
    produce(&stack, TOPIC, key, b"\xff nobody").await.unwrap();
    let reader = TopicReader::open(&stack, "dead.letter").await.unwrap();
    let letters = reader.read_until(|records| !records.is_empty()).await;
    let letters = letters.unwrap();
    assert_eq!(letters[0].value, b"\xff nobody");
    let headers: HashMap<_, _> = letters[0].headers.iter().cloned().collect();
    assert_eq!(headers["source-topic"], TOPIC);
    assert_eq!(headers["failed-function"], "registration-fanout");
    let user = session.new_user().await.unwrap();
    stack.mail_to(&user.email, "Welcome").await.unwrap();
}
