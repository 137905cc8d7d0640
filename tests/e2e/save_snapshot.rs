use domain::{SnapshotId, Tick};
use e2e::{Answer, Options, Session, Stack, TopicReader, User, snapshot_items};
use reqwest::Method;
use serde_json::json;

const SAVE: &str = "/api/v1/users/save-snapshot";

async fn save(session: &Session, user: &User, key: Option<&str>) -> Answer {
    let mut request = session.request(Method::POST, SAVE).bearer_auth(&user.token);
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    session.send(request).await.unwrap()
}

#[tokio::test]
async fn a_snapshot_is_accepted_at_the_live_price_and_published() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let user = session.new_user().await.unwrap();
    let answer = save(&session, &user, None).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let id = answer.body["snapshot_id"].as_str().unwrap().to_owned();
    let tick = Tick(answer.body["tick"].as_u64().unwrap());
    let price = stack.price_model().shareholder(user.id).price_at(tick);
    assert_eq!(answer.body["price"], price.to_string());
    assert_eq!(SnapshotId::parse(&id).unwrap().tick(), tick);
    assert_eq!(
        answer.body["status_url"],
        format!("/api/v1/users/snapshots/{id}")
    );

    let reader = TopicReader::open(stack, "user.snapshot.requested").await;
    let wanted = id.clone();
    let records = reader
        .unwrap()
        .read_until(move |records| records.iter().any(|r| r.json()["snapshot_id"] == wanted))
        .await
        .unwrap();
    let record = records.iter().find(|r| r.json()["snapshot_id"] == id);
    let record = record.unwrap();
    assert_eq!(record.key, user.id.to_string());
    assert_eq!(record.json()["price"], answer.body["price"]);
    assert_eq!(record.json()["tick"], answer.body["tick"]);
}

#[tokio::test]
async fn a_header_that_counts_may_be_there_once() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let other = session.new_user().await.unwrap();
    for (name, first, second) in [
        ("Idempotency-Key", "a".to_owned(), "b".to_owned()),
        (
            "Content-Type",
            "application/json".to_owned(),
            "text/plain".to_owned(),
        ),
        (
            "Authorization",
            format!("Bearer {}", other.token),
            format!("Bearer {}", user.token),
        ),
    ] {
        let mut request = session.request(Method::POST, SAVE).body("{}");
        if name != "Authorization" {
            request = request.bearer_auth(&user.token);
        }
        let answer = session.send(request.header(name, first).header(name, second));
        let answer = answer.await.unwrap();
        assert_eq!(
            (answer.status, &answer.body["type"]),
            (400, &json!("/problems/repeated-header")),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn the_same_key_twice_is_one_snapshot() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let user = session.new_user().await.unwrap();
    let first = save(&session, &user, Some("mine")).await;
    assert_eq!(first.status, 202, "{first:?}");
    let again = save(&session, &user, Some("mine")).await;
    assert_eq!((again.status, &again.body), (202, &first.body));
    let other = save(&session, &user, Some("another")).await;
    assert_ne!(other.body["snapshot_id"], first.body["snapshot_id"]);

    for answer in [&first, &other] {
        let id = answer.body["snapshot_id"].as_str().unwrap();
        session.saved_snapshot(&user, id).await.unwrap();
    }
    let saved = snapshot_items(stack, user.id, "snap#").await.unwrap();
    assert_eq!(saved.len(), 2, "{saved:?}");
}

#[tokio::test]
async fn two_requests_at_once_under_a_key_are_one_snapshot() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let (left, right) = tokio::join!(
        save(&session, &user, Some("k")),
        save(&session, &user, Some("k"))
    );
    assert_eq!((left.status, right.status), (202, 202));
    assert_eq!(left.body, right.body);
}

#[tokio::test]
async fn without_a_token_nothing_is_saved() {
    let session = Session::new(Stack::shared());
    let answer = session.post(SAVE, &json!({})).await.unwrap();
    assert_eq!(answer.status, 401, "{answer:?}");
    assert_eq!(answer.body["type"], "/problems/unauthenticated");
}

#[tokio::test]
async fn what_is_asked_for_while_kafka_is_down_is_saved_once_it_is_back() {
    let stack = Stack::start(Options::default()).unwrap();
    let session = Session::new(&stack);
    let user = session.new_user().await.unwrap();
    let before = session.save_snapshot(&user).await.unwrap();
    session
        .saved_snapshot(&user, before["snapshot_id"].as_str().unwrap())
        .await
        .unwrap();

    stack.set_kafka_reachable(false).await.unwrap();
    let first = save(&session, &user, Some("once")).await;
    assert_eq!(first.status, 202, "{first:?}");
    let again = save(&session, &user, Some("once")).await;
    assert_eq!((again.status, &again.body), (202, &first.body));
    let saved = snapshot_items(&stack, user.id, "snap#").await.unwrap();
    assert_eq!(saved.len(), 1, "{saved:?}");

    stack.set_kafka_reachable(true).await.unwrap();
    let id = first.body["snapshot_id"].as_str().unwrap();
    session.saved_snapshot(&user, id).await.unwrap();
    let saved = snapshot_items(&stack, user.id, "snap#").await.unwrap();
    assert_eq!(saved.len(), 2, "{saved:?}");
}
