use e2e::{Session, Stack};
use serde_json::json;

const LOGIN: &str = "/api/v1/users/login";

#[tokio::test]
async fn logging_in_gives_a_bearer_token() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let body = json!({"email": user.email.to_uppercase(), "password": user.password});
    let answer = session.post(LOGIN, &body).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(answer.body["expires_in"], 3600);
    assert_eq!(
        answer.body["access_token"]
            .as_str()
            .unwrap()
            .split('.')
            .count(),
        3
    );
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn an_unknown_email_and_a_wrong_password_get_the_same_answer() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let wrong = json!({"email": user.email, "password": "not the password at all"});
    let unknown = json!({"email": e2e::unique_email(), "password": "not the password at all"});
    let wrong = session.post(LOGIN, &wrong).await.unwrap();
    let unknown = session.post(LOGIN, &unknown).await.unwrap();
    assert_eq!(wrong.status, 401);
    assert_eq!(wrong.body["type"], "/problems/invalid-credentials");
    assert_eq!((wrong.status, wrong.body), (unknown.status, unknown.body));
}

#[tokio::test]
async fn repeated_failures_are_refused_with_a_time_to_wait() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let body = json!({"email": user.email, "password": "not the password at all"});
    let mut refused = None;
    for _ in 0..40 {
        let answer = session.post(LOGIN, &body).await.unwrap();
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.status, 401, "{answer:?}");
    }
    let refused = refused.expect("after so many failures an attempt is refused");
    assert_eq!(refused.body["type"], "/problems/too-many-attempts");
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!(
        (1..=900).contains(&seconds),
        "nobody is locked out for good, but for {seconds} s"
    );
    let other = session.new_user().await;
    assert!(other.is_ok(), "another account is not affected: {other:?}");
}
