use e2e::{Session, Stack};
use serde_json::json;

#[tokio::test]
async fn a_snapshot_is_found_from_the_answer_on_until_it_is_saved_and_after() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let asked = session.save_snapshot(&user).await.unwrap();
    let url = asked["status_url"].as_str().unwrap();
    let answer = session.get(url, Some(&user.token)).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let status = answer.body["status"].as_str().unwrap();
    assert!(["pending", "saved"].contains(&status), "{answer:?}");

    let id = asked["snapshot_id"].as_str().unwrap();
    let saved = session.saved_snapshot(&user, id).await.unwrap();
    assert_eq!(saved["id"], id);
    assert_eq!(saved["price"], asked["price"]);
    assert_eq!(saved["tick"], asked["tick"]);
    let instants = ["requested_at", "saved_at"].map(|name| saved[name].as_str().unwrap());
    assert!(instants[0] < instants[1], "{saved}");
}

#[tokio::test]
async fn other_peoples_snapshots_and_unknown_ones_are_not_found() {
    let session = Session::new(Stack::shared());
    let (owner, stranger) = (
        session.new_user().await.unwrap(),
        session.new_user().await.unwrap(),
    );
    let asked = session.save_snapshot(&owner).await.unwrap();
    let theirs = asked["status_url"].as_str().unwrap();
    let unknown = format!("/api/v1/users/snapshots/{}", owner.id);
    for (url, user) in [
        (theirs, &stranger),
        (&unknown, &owner),
        ("/api/v1/users/snapshots/mine", &owner),
    ] {
        let answer = session.get(url, Some(&user.token)).await.unwrap();
        assert_eq!(
            (answer.status, &answer.body["type"]),
            (404, &json!("/problems/snapshot-not-found")),
            "{url}"
        );
    }
    let answer = session.get(theirs, None).await.unwrap();
    assert_eq!(answer.status, 401, "{answer:?}");
}
