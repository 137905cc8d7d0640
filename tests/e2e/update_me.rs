use e2e::{Session, Stack};
use reqwest::Method;
use serde_json::{Value, json};

use crate::openapi::assert_matches;

const ME: &str = "/api/v1/users/me";

#[tokio::test]
async fn a_change_is_answered_and_stays() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let before = session.get(ME, Some(&user.token)).await.unwrap();
    let usual = json!({"snapshot_saved": false, "alert": true});
    assert_eq!(before.body["notifications"], usual);

    let wanted = json!({"snapshot_saved": true, "alert": false});
    let change = json!({"name": "Ada King", "phone": "+4930901820", "notifications": wanted});
    let answer = session.patch(ME, &user.token, &change).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let after = session.get(ME, Some(&user.token)).await.unwrap();
    for body in [&answer.body, &after.body] {
        assert_matches("Me", body);
        assert_eq!(body["name"], "Ada King");
        assert_eq!(body["phone"], "+4930901820");
        assert_eq!(body["notifications"], wanted);
        for kept in ["id", "email", "created_at", "opening_price"] {
            assert_eq!(body[kept], before.body[kept], "{kept}");
        }
    }
}

#[tokio::test]
async fn null_removes_the_phone_number_and_what_is_left_out_stays() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let change = async |change: Value| {
        let answer = session.patch(ME, &user.token, &change).await.unwrap();
        assert_eq!(answer.status, 200, "{change}: {answer:?}");
        answer.body
    };
    change(json!({"phone": "+4930901820"})).await;
    let muted = change(json!({"notifications": {"alert": false}})).await;
    assert_eq!(muted["phone"], "+4930901820");
    assert_eq!(muted["notifications"]["snapshot_saved"], false);
    let removed = change(json!({"phone": null})).await;
    assert_eq!(removed["phone"], Value::Null);
    assert_eq!(removed["notifications"]["alert"], false);
    assert_eq!(change(json!({})).await["name"], "Ada Lovelace");
}

#[tokio::test]
async fn what_cannot_be_changed_is_named_and_nothing_changes() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let change = json!({
        "name": "Eve", "email": "eve@example.com", "phone": "030", "admin": true,
        "notifications": {"alert": "yes"},
    });
    let answer = session.patch(ME, &user.token, &change).await.unwrap();
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(
        answer.bad_fields(),
        ["admin", "email", "notifications.alert", "phone"]
    );
    let me = session.get(ME, Some(&user.token)).await.unwrap();
    assert_eq!(me.body["name"], "Ada Lovelace");
}

#[tokio::test]
async fn nothing_changes_without_a_token() {
    let session = Session::new(Stack::shared());
    let answer = session.patch(ME, "nonsense", &json!({})).await.unwrap();
    assert_eq!(answer.status, 401, "{answer:?}");
    assert_eq!(answer.body["type"], "/problems/unauthenticated");
}

#[tokio::test]
async fn browsers_may_change_and_delete() {
    let session = Session::new(Stack::shared());
    let preflight = session.request(Method::OPTIONS, ME);
    let answer = session.send(preflight).await.unwrap();
    let methods = answer.header("access-control-allow-methods");
    for method in ["GET", "PATCH", "DELETE"] {
        assert!(methods.contains(method), "{methods}");
    }
}
