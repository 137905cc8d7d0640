use std::collections::HashMap;
use std::time::UNIX_EPOCH;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::UserId;
use e2e::{Session, Socket, Stack, dynamodb, items_mentioning};
use serde_json::json;

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn now_ms() -> u64 {
    u64::try_from(UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
}

/// Puts an item that mentions somebody.
async fn put<const N: usize>(stack: &Stack, table: &str, item: [(&str, AttributeValue); N]) {
    let item: HashMap<_, _> = item
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let client = dynamodb(stack).await.unwrap();
    let put = client.put_item().table_name(table).set_item(Some(item));
    put.send().await.unwrap();
}

/// Leaves behind what a deletion leaves whose function was killed right after it had taken the account away.
async fn deleted_long_ago(stack: &Stack) -> UserId {
    let user = UserId::from_uuid(uuid::Uuid::now_v7()).unwrap();
    for n in 0..60 {
        let sk = format!("snap#{n:012}#{}", uuid::Uuid::now_v7());
        let item = [("pk", text(format!("user#{user}"))), ("sk", text(sk))];
        put(stack, "SnapshotsTable", item).await;
    }
    let deleted_at_ms = now_ms() - 90_000;
    let item = [
        ("pk", text(format!("deleted#{deleted_at_ms:013}#{user}"))),
        ("roster_shard", number(3)),
        ("outbox_shard", number(3)),
        ("expires_at", number(now_ms() / 1000 + 3600)),
    ];
    put(stack, "UsersTable", item).await;
    user
}

async fn is_unfinished(stack: &Stack, user: UserId) -> bool {
    let scan = dynamodb(stack).await.unwrap().scan();
    let scan = scan.table_name("UsersTable").index_name("outbox");
    let items = scan.send().await.unwrap();
    format!("{:?}", items.items()).contains(&user.to_string())
}

#[tokio::test]
async fn an_erasure_that_was_interrupted_is_finished() {
    let stack = Stack::shared();
    let user = deleted_long_ago(stack).await;
    stack.invoke("erase-users", &json!({})).await.unwrap();
    let items = items_mentioning(stack, &user.to_string()).await.unwrap();
    assert_eq!(items.len(), 1, "{items:?}");
    assert!(items[0].starts_with("UsersTable deleted#"), "{items:?}");
    assert!(!is_unfinished(stack, user).await);
    // Nothing is left to do, and that is no failure.
    stack.invoke("erase-users", &json!({})).await.unwrap();
}

#[tokio::test]
async fn what_is_written_of_a_user_who_has_just_been_deleted_is_erased() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let user = session.new_user().await.unwrap();
    let mut socket = Socket::connect(stack).await.unwrap();
    socket.send(&json!({"op": "ping"})).await.unwrap();
    socket.next_of("pong").await.unwrap();
    let answer = session.delete("/api/v1/users/me", &user.token).await;
    assert_eq!(answer.unwrap().status, 204);

    // A writer that had found the user in existence, and a connection that was just being authenticated.
    let item = [
        ("pk", text(format!("user#{}", user.id))),
        ("sk", text("pend#late")),
    ];
    put(stack, "SnapshotsTable", item).await;
    let item = [
        ("pk", text("conn#gone-already=")),
        ("sk", text("conn")),
        ("user_id", text(user.id.to_string())),
    ];
    put(stack, "FeedTable", item).await;
    stack.invoke("erase-users", &json!({})).await.unwrap();
    let items = items_mentioning(stack, &user.id.to_string()).await.unwrap();
    assert_eq!(items.len(), 1, "{items:?}");
    // Whoever is nobody's is left alone.
    socket.send(&json!({"op": "ping"})).await.unwrap();
    socket.next_of("pong").await.unwrap();
}
