use api::token::{KeySet, LIFETIME_SECS};
use domain::{Tick, UserId};
use e2e::{Operations, Session, Socket, Stack, User, age_connections};
use serde_json::{Value, json};

use crate::ws_operation::{PRICES, assert_prices, connected, tick, unique_id, wait_until_stored};

/// An access token of the stack's own, issued long ago, that lasts for this many seconds yet, or up to one less.
fn token_that_lasts(stack: &Stack, user: &User, seconds: u64) -> String {
    let secret = std::fs::read_to_string(stack.data_dir().join("secrets/TokenSecret")).unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let issued_at = now + seconds - LIFETIME_SECS;
    let keys = KeySet::parse(&secret).unwrap();
    let token_id = uuid::Uuid::now_v7();
    keys.sign(user.id, Default::default(), token_id, issued_at)
        .unwrap()
}

/// Asserts that an operation ends for want of a valid token.
async fn assert_unauthenticated(operations: &mut Operations, id: &str, error: &Value) {
    assert_eq!(error["type"], "error", "{error}");
    let [only] = error["payload"].as_array().unwrap().as_slice() else {
        panic!("{error}")
    };
    assert_eq!(only["extensions"], json!({"code": "UNAUTHENTICATED"}));
    let complete = operations.next_of(id).await.unwrap();
    assert_eq!(complete, json!({"id": id, "type": "complete"}));
}

#[tokio::test]
async fn an_expired_token_ends_operations_and_leaves_the_connection_open() {
    let stack = Stack::shared();
    let (user, mut witness) = connected(stack).await;
    let mine = json!({"users": [user.id.to_string()]});
    let token = token_that_lasts(stack, &user, 10);
    let mut operations = Operations::connect(stack, &token).await.unwrap();
    let (live, late) = (unique_id("live"), unique_id("late"));
    operations
        .subscribe(&live, PRICES, mine.clone())
        .await
        .unwrap();
    witness.subscribe("w", PRICES, mine.clone()).await.unwrap();
    let mut results = 0;
    let error = loop {
        let message = operations.next_of(&live).await.unwrap();
        if message["type"] != "next" {
            break message;
        }
        results += 1;
    };
    assert!(results >= 1);
    assert_unauthenticated(&mut operations, &live, &error).await;
    wait_until_stored(stack, &live, false).await;
    for query in [PRICES, "{ me { id } }"] {
        operations
            .subscribe(&late, query, mine.clone())
            .await
            .unwrap();
        let error = operations.next_of(&late).await.unwrap();
        assert_unauthenticated(&mut operations, &late, &error).await;
    }
    // Nothing more comes of either, and the connection is open.
    let now = tick(&witness.result("w").await.unwrap());
    while tick(&witness.result("w").await.unwrap()) < now.plus(2) {}
    assert_eq!(operations.sent_so_far().await.unwrap(), Vec::<Value>::new());
}

#[tokio::test]
async fn deleting_a_user_closes_their_connections_and_no_others() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let ((eve, mut of_eve), (ada, mut of_ada)) = (connected(stack).await, connected(stack).await);
    let ids = [unique_id("prices"), unique_id("alerts")];
    // Both execute the same operation.
    let everybody = json!({"users": [eve.id.to_string(), ada.id.to_string()]});
    of_eve
        .subscribe(&ids[0], PRICES, everybody.clone())
        .await
        .unwrap();
    of_eve
        .subscribe(&ids[1], "subscription { onAlert { id } }", json!({}))
        .await
        .unwrap();
    of_ada.subscribe("s", PRICES, everybody).await.unwrap();
    of_eve.result(&ids[0]).await.unwrap();
    wait_until_stored(stack, &ids[1], true).await;
    let (_, before) = next_with(&mut of_ada, ada.id).await;

    let deleted = session.delete("/api/v1/users/me", &eve.token).await;
    assert_eq!(deleted.unwrap().status, 204);
    let error = of_eve.next_of("connection").await.unwrap();
    assert_eq!(error["type"], "error", "{error}");
    let extensions = &error["payload"][0]["extensions"];
    assert_eq!(*extensions, json!({"code": "FORBIDDEN", "closeCode": 4403}));
    of_eve.socket.closed().await.unwrap();
    for id in &ids {
        wait_until_stored(stack, id, false).await;
    }
    for ahead in 1..=3 {
        let (update, tick) = next_with(&mut of_ada, ada.id).await;
        assert_eq!(tick, before.plus(ahead));
        if ahead == 3 {
            assert_prices(stack, &update, &[ada.id]);
        }
    }
}

#[tokio::test]
async fn who_deletes_themselves_is_answered_before_their_connection_is_closed() {
    let stack = Stack::shared();
    let (eve, mut first) = connected(stack).await;
    let mut second = Operations::connect(stack, &eve.token).await.unwrap();
    let mut raw = Socket::authenticated(stack, &eve.token).await.unwrap();
    let (live, gone) = (unique_id("live"), unique_id("gone"));
    let mine = json!({"users": [eve.id.to_string()]});
    first.subscribe(&live, PRICES, mine).await.unwrap();
    first.result(&live).await.unwrap();
    let again = "mutation { deleteMe again: deleteMe }";
    first.subscribe(&gone, again, json!({})).await.unwrap();
    let next = first.next_of(&gone).await.unwrap();
    let payload = &next["payload"];
    assert_eq!(payload["data"], json!({"deleteMe": true, "again": null}));
    assert_eq!(
        payload["errors"][0]["extensions"],
        json!({"code": "UNAUTHENTICATED"})
    );
    let complete = first.next_of(&gone).await.unwrap();
    assert_eq!(complete, json!({"id": gone, "type": "complete"}));
    for operations in [&mut first, &mut second] {
        let error = operations.next_of("connection").await.unwrap();
        let extensions = &error["payload"][0]["extensions"];
        assert_eq!(*extensions, json!({"code": "FORBIDDEN", "closeCode": 4403}));
        operations.socket.closed().await.unwrap();
    }
    assert_eq!(raw.next_of("bye").await.unwrap()["code"], "unauthenticated");
    raw.closed().await.unwrap();
    wait_until_stored(stack, &live, false).await;
    let refused = Operations::connect(stack, &eve.token).await;
    assert!(refused.is_err());
}

/// The next result with a price of this user, and its tick. Prices of others may come apart from it.
async fn next_with(operations: &mut Operations, user: UserId) -> (Value, Tick) {
    loop {
        let update = operations.result("s").await.unwrap();
        let prices = update["prices"].as_array().unwrap();
        if prices
            .iter()
            .any(|price| price["userId"] == user.to_string())
        {
            let tick = tick(&update);
            return (update, tick);
        }
    }
}

#[tokio::test]
async fn a_dead_connection_disturbs_no_other_and_is_forgotten() {
    let stack = Stack::shared();
    let (user, mut lives) = connected(stack).await;
    let mut dies = Operations::connect(stack, &user.token).await.unwrap();
    let mine = json!({"users": [user.id.to_string()]});
    let ids = [unique_id("one"), unique_id("two")];
    for id in &ids {
        dies.subscribe(id, PRICES, mine.clone()).await.unwrap();
        dies.next_of(id).await.unwrap();
    }
    let kept = unique_id("kept");
    lives.subscribe(&kept, PRICES, mine).await.unwrap();
    let first = tick(&lives.result(&kept).await.unwrap());
    dies.socket.cut();
    for ahead in 1..=4 {
        let update = lives.result(&kept).await.unwrap();
        assert_eq!(tick(&update), first.plus(ahead));
        assert_prices(stack, &update, &[user.id]);
    }
    for id in &ids {
        wait_until_stored(stack, id, false).await;
    }
    wait_until_stored(stack, &kept, true).await;
}

#[tokio::test]
async fn an_idle_connection_is_pinged_and_goes_on() {
    let stack = Stack::shared();
    let (user, mut operations) = connected(stack).await;
    age_connections(stack, user.id).await.unwrap();
    let ping = operations.socket.next().await.unwrap();
    assert_eq!(ping, json!({"type": "ping"}));
    operations
        .socket
        .send(&json!({"type": "pong"}))
        .await
        .unwrap();
    // Two that take over from one another may both ping.
    let sent = operations.sent_so_far().await.unwrap();
    assert!(sent.iter().all(|message| *message == ping), "{sent:?}");
    let id = unique_id("after");
    operations
        .subscribe(&id, "{ me { id } }", json!({}))
        .await
        .unwrap();
    let me = operations.result(&id).await.unwrap();
    assert_eq!(me["id"], user.id.to_string());
}
