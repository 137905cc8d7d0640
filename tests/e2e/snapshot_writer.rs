use std::time::Instant;

use e2e::{Options, PATIENCE, Session, Socket, Stack, TopicReader, User, produce, snapshot_items};
use serde_json::{Value, json};

const TOPIC: &str = "user.snapshot.requested";

#[tokio::test]
async fn every_open_connection_of_the_user_is_told() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let user = session.new_user().await.unwrap();
    let mut first = Socket::authenticated(stack, &user.token).await.unwrap();
    let mut second = Socket::connect(stack).await.unwrap();
    let auth = serde_json::json!({"op": "auth", "token": user.token});
    second.send(&auth).await.unwrap();
    second.next_of("ack").await.unwrap();

    let asked = session.save_snapshot(&user).await.unwrap();
    for socket in [&mut first, &mut second] {
        let frame = socket.next_of("snapshot.saved").await.unwrap();
        let told = &frame["snapshot"];
        assert_eq!(told["id"], asked["snapshot_id"]);
        assert_eq!(told["price"], asked["price"]);
        assert_eq!(told["tick"], asked["tick"]);
        assert!(told["saved_at"].is_string(), "{frame}");
    }
}

#[tokio::test]
async fn a_record_that_comes_again_is_saved_once() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let user = session.new_user().await.unwrap();
    let mut socket = Socket::authenticated(stack, &user.token).await.unwrap();
    let asked = session.save_snapshot(&user).await.unwrap();
    let told = socket.next_of("snapshot.saved").await.unwrap();

    let value = record_of(stack, &asked).await;
    let key = user.id.to_string();
    for _ in 0..2 {
        produce(stack, TOPIC, &key, &value).await.unwrap();
    }
    // It comes after them.
    let last = session.save_snapshot(&user).await.unwrap();
    loop {
        let frame = socket.next_of("snapshot.saved").await.unwrap();
        if frame["snapshot"]["id"] == last["snapshot_id"] {
            break;
        }
        assert_eq!(frame, told);
    }
    let saved = snapshot_items(stack, user.id, "snap#").await.unwrap();
    let statistics = snapshot_items(stack, user.id, "stats").await.unwrap();
    assert_eq!(saved.len(), 2);
    assert_eq!(statistics[0]["snapshots"].as_n().unwrap(), "2");
}

#[tokio::test]
async fn a_killed_writer_loses_nothing_and_saves_nothing_twice() {
    const SNAPSHOTS: usize = 40;
    let stack = Stack::start(Options::default()).unwrap();
    let session = Session::new(&stack);
    let user = session.new_user().await.unwrap();
    let mut asked = Vec::new();
    for number in 0..SNAPSHOTS {
        asked.push(session.save_snapshot(&user).await.unwrap());
        if number % 8 == 0 {
            stack.kill_function("snapshot-writer").await.unwrap();
        }
    }
    for asked in &asked {
        let id = asked["snapshot_id"].as_str().unwrap();
        session.saved_snapshot(&user, id).await.unwrap();
    }
    let saved = snapshot_items(&stack, user.id, "snap#").await.unwrap();
    assert_eq!(saved.len(), SNAPSHOTS);
    let statistics = snapshot_items(&stack, user.id, "stats").await.unwrap();
    let count = statistics[0]["snapshots"].as_n().unwrap();
    assert_eq!(*count, SNAPSHOTS.to_string());
}

#[tokio::test]
async fn a_writer_that_dies_between_write_and_commit_saves_once() {
    let stack = Stack::start(Options::default()).unwrap();
    let session = Session::new(&stack);
    let user = session.new_user().await.unwrap();
    stack.kill_at_answer("snapshot-writer").await.unwrap();
    let asked = session.save_snapshot(&user).await.unwrap();
    let id = asked["snapshot_id"].as_str().unwrap();
    session.saved_snapshot(&user, id).await.unwrap();
    // The same partition: it is saved only once the record before it was delivered again.
    let next = session.save_snapshot(&user).await.unwrap();
    let id = next["snapshot_id"].as_str().unwrap();
    session.saved_snapshot(&user, id).await.unwrap();

    let status = stack.status().await.unwrap();
    let functions = status["functions"].as_array().unwrap();
    let writer = functions.iter().find(|f| f["name"] == "snapshot-writer");
    assert!(writer.unwrap()["errors"].as_u64().unwrap() >= 1, "{status}");
    let saved = snapshot_items(&stack, user.id, "snap#").await.unwrap();
    assert_eq!(saved.len(), 2);
    let statistics = snapshot_items(&stack, user.id, "stats").await.unwrap();
    assert_eq!(statistics[0]["snapshots"].as_n().unwrap(), "2");
}

#[tokio::test]
async fn a_poisoned_record_goes_to_the_dead_letters_and_the_next_is_saved() {
    let stack = Stack::start(Options::default()).unwrap();
    let session = Session::new(&stack);
    let user = session.new_user().await.unwrap();
    let key = user.id.to_string();
    produce(&stack, TOPIC, &key, b"\xff not a snapshot")
        .await
        .unwrap();
    let asked = session.save_snapshot(&user).await.unwrap();
    let id = asked["snapshot_id"].as_str().unwrap();
    session.saved_snapshot(&user, id).await.unwrap();

    let reader = TopicReader::open(&stack, "dead.letter").await.unwrap();
    let letters = reader.read_until(|records| !records.is_empty()).await;
    let letters = letters.unwrap();
    assert_eq!(letters[0].value, b"\xff not a snapshot");
    let header = |name: &str| letters[0].headers.iter().find(|(key, _)| key == name);
    assert_eq!(header("source-topic").unwrap().1, TOPIC);
    assert_eq!(header("failed-function").unwrap().1, "snapshot-writer");
}

#[tokio::test]
async fn a_snapshot_is_confirmed_by_email_to_whoever_wants_that() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let user = session.new_user().await.unwrap();
    let asked = session.save_snapshot(&user).await.unwrap();
    let id = asked["snapshot_id"].as_str().unwrap();
    session.saved_snapshot(&user, id).await.unwrap();

    want_confirmations(&session, &user).await;
    let asked = session.save_snapshot(&user).await.unwrap();
    let id = asked["snapshot_id"].as_str().unwrap();
    let mails = stack.mail_to(&user.email, "Your snapshot").await.unwrap();
    assert_eq!(mails.len(), 1, "the first one was not to be confirmed");
    let text = mails[0]["text"].as_str().unwrap();
    assert!(text.contains(id), "{text}");
    assert!(text.contains(asked["price"].as_str().unwrap()), "{text}");
}

#[tokio::test]
async fn an_outage_and_a_kill_of_the_notification_service_lose_no_confirmation() {
    let stack = Stack::start(Options::default()).unwrap();
    let session = Session::new(&stack);
    let user = session.new_user().await.unwrap();
    want_confirmations(&session, &user).await;
    stack.mail_to(&user.email, "Welcome").await.unwrap();
    let down = json!({"throttle": 1_000_000});
    stack.set_outbox_faults(&down).await.unwrap();
    let asked = session.save_snapshot(&user).await.unwrap();
    let id = asked["snapshot_id"].as_str().unwrap();
    // It is saved all the same.
    session.saved_snapshot(&user, id).await.unwrap();
    stack.kill_service("notification").await.unwrap();
    stack.kill_function("snapshot-writer").await.unwrap();
    stack.set_outbox_faults(&json!({})).await.unwrap();
    let mails = stack.mail_to(&user.email, "Your snapshot").await.unwrap();
    assert_eq!(mails.len(), 1);

    // Nothing comes after that: what is asked for next is confirmed once, and the first one not again.
    let asked = session.save_snapshot(&user).await.unwrap();
    let id = asked["snapshot_id"].as_str().unwrap();
    session.saved_snapshot(&user, id).await.unwrap();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mails = stack.mail_to(&user.email, "Your snapshot").await.unwrap();
        let of_last = |mail: &Value| mail["text"].as_str().unwrap().contains(id);
        if mails.iter().any(of_last) {
            assert_eq!(mails.len(), 2);
            break;
        }
        assert!(Instant::now() < deadline, "{id} is not in {mails:?}");
        e2e::poll_pause().await;
    }
}

/// The value of the record by which a snapshot was asked for.
async fn record_of(stack: &Stack, asked: &Value) -> Vec<u8> {
    let id = asked["snapshot_id"].clone();
    let wanted = id.clone();
    let reader = TopicReader::open(stack, TOPIC).await.unwrap();
    let records = reader
        .read_until(move |records| records.iter().any(|r| r.json()["snapshot_id"] == wanted))
        .await
        .unwrap();
    let record = records.into_iter().find(|r| r.json()["snapshot_id"] == id);
    record.unwrap().value
}

async fn want_confirmations(session: &Session, user: &User) {
    let wish = json!({"notifications": {"snapshot_saved": true}});
    let answer = session.patch("/api/v1/users/me", &user.token, &wish).await;
    assert_eq!(answer.unwrap().status, 200);
}
