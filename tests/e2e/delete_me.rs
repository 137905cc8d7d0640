use std::time::Instant;

use domain::{Tick, UserId};
use e2e::{PATIENCE, Record, Session, Socket, Stack, TopicReader, User, items_mentioning};
use serde_json::json;

const ME: &str = "/api/v1/users/me";

/// Deletes a user and gives the tick in which the answer came.
async fn delete(session: &Session, user: &User) -> Tick {
    let answer = session.delete(ME, &user.token).await.unwrap();
    assert_eq!(answer.status, 204, "{answer:?}");
    assert!(answer.body.is_null());
    let since_epoch = std::time::UNIX_EPOCH.elapsed().unwrap();
    Tick::at_ms(u64::try_from(since_epoch.as_millis()).unwrap())
}

/// Waits until no item mentions the user but the one that remembers the deletion.
async fn wait_until_erased(stack: &Stack, user: UserId) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let items = items_mentioning(stack, &user.to_string()).await.unwrap();
        let (deletion, rest): (Vec<_>, Vec<_>) = items
            .iter()
            .partition(|item| item.starts_with("UsersTable deleted#"));
        assert_eq!(deletion.len(), 1, "{items:?}");
        if rest.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "{rest:?} is left");
        e2e::poll_pause().await;
    }
}

#[tokio::test]
async fn of_a_user_with_an_open_connection_and_snapshots_nothing_is_left() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let user = session.new_user().await.unwrap();
    let mut socket = Socket::authenticated(stack, &user.token).await.unwrap();
    for (id, users) in [("mine", "me"), ("market", "market")] {
        let users = json!({"users": users});
        socket.subscribe(id, users).await.unwrap();
    }
    for _ in 0..3 {
        let asked = session.save_snapshot(&user).await.unwrap();
        let id = asked["snapshot_id"].as_str().unwrap();
        session.saved_snapshot(&user, id).await.unwrap();
    }
    delete(&session, &user).await;

    let bye = socket.next_of("bye").await.unwrap();
    assert_eq!(bye["code"], "unauthenticated");
    assert_eq!(bye["message"], "your account was deleted");
    socket.closed().await.unwrap();
    wait_until_erased(stack, user.id).await;
    assert_eq!(
        items_mentioning(stack, &user.email).await.unwrap(),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn the_token_and_the_password_are_refused_everywhere() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let user = session.new_user().await.unwrap();
    // Not authenticated yet: so it is not closed.
    let mut socket = Socket::connect(stack).await.unwrap();
    delete(&session, &user).await;

    let snapshot = format!("/api/v1/users/snapshots/{}", uuid::Uuid::now_v7());
    let save = session.request(reqwest::Method::POST, "/api/v1/users/save-snapshot");
    for answer in [
        session.get(ME, Some(&user.token)).await,
        session
            .patch(ME, &user.token, &json!({"name": "Eve"}))
            .await,
        session.delete(ME, &user.token).await,
        session.get(&snapshot, Some(&user.token)).await,
        session.send(save.bearer_auth(&user.token)).await,
    ] {
        let answer = answer.unwrap();
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_eq!(answer.body["type"], "/problems/unauthenticated");
    }
    let credentials = json!({"email": user.email, "password": user.password});
    let login = session.post("/api/v1/users/login", &credentials).await;
    assert_eq!(login.unwrap().body["type"], "/problems/invalid-credentials");

    let refused = Socket::authenticated(stack, &user.token).await;
    let error = refused.err().expect("the handshake is refused").to_string();
    assert!(error.contains("401"), "{error}");
    let auth = json!({"op": "auth", "token": user.token});
    socket.send(&auth).await.unwrap();
    let error = socket.next_of("error").await.unwrap();
    assert_eq!(error["code"], "invalid_token", "{error}");
}

#[tokio::test]
async fn the_address_can_register_again_at_once_and_is_somebody_new() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let user = session.new_user().await.unwrap();
    delete(&session, &user).await;

    let body = json!({"name": "Ada Again", "email": user.email, "password": user.password});
    let again = session.post("/api/v1/users/register", &body).await.unwrap();
    assert_eq!(again.status, 201, "{again:?}");
    assert_ne!(again.body["id"], user.id.to_string());
    let token = session.log_in(&user.email, &user.password).await.unwrap();
    let me = session.get(ME, Some(&token)).await.unwrap();
    assert_eq!(me.body["id"], again.body["id"]);
    // The old token is nobody's, not theirs.
    let old = session.get(ME, Some(&user.token)).await.unwrap();
    assert_eq!(old.status, 401, "{old:?}");
}

#[tokio::test]
async fn the_ticks_of_a_deleted_user_stop_and_those_of_others_go_on() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let (gone, stays) = (
        session.new_user().await.unwrap(),
        session.new_user().await.unwrap(),
    );
    let token = stays.token.clone();
    let mut socket = Socket::authenticated(stack, &token).await.unwrap();
    let users = json!([gone.id.to_string(), stays.id.to_string()]);
    socket
        .subscribe("both", json!({"users": users}))
        .await
        .unwrap();
    // The two come from different partitions, so maybe in different frames.
    let mut waiting = vec![gone.id.to_string(), stays.id.to_string()];
    while !waiting.is_empty() {
        let frame = socket.next_of("prices").await.unwrap().to_string();
        waiting.retain(|user| !frame.contains(user));
    }
    let deleted_in = delete(&session, &gone).await;

    let (other, until) = (stays.id, deleted_in.plus(5));
    let reader = TopicReader::open(stack, "user.price.update").await.unwrap();
    let is_later = move |record: &Record| {
        record.user_and_tick().0 == other && record.user_and_tick().1 >= until
    };
    let records = reader
        .read_until(move |records| records.last().is_some_and(is_later))
        .await
        .unwrap();
    let last = records
        .iter()
        .map(Record::user_and_tick)
        .filter(|(user, _)| *user == gone.id)
        .map(|(_, tick)| tick)
        .max()
        .unwrap();
    // The tick that was prepared, and one more for a slow machine.
    assert!(last <= deleted_in.plus(2), "{last} after {deleted_in}");
    // Those who watched stay connected.
    let stays = stays.id.to_string();
    while !socket
        .next_of("prices")
        .await
        .unwrap()
        .to_string()
        .contains(&stays)
    {}

    let mut late = Socket::authenticated(stack, &token).await.unwrap();
    let subscribe = json!({"op": "subscribe", "id": "s", "users": [gone.id.to_string()]});
    late.send(&subscribe).await.unwrap();
    assert_eq!(late.next().await.unwrap()["code"], "unknown_user");
}

#[tokio::test]
async fn nobody_is_deleted_without_a_token() {
    let session = Session::new(Stack::shared());
    let answer = session.delete(ME, "nonsense").await.unwrap();
    assert_eq!(answer.status, 401, "{answer:?}");
}
