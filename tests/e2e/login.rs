use e2e::{Session, Stack};
use reqwest::Method;
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

/// Whether one of so many attempts with these headers is refused for a while.
async fn is_slowed(
    session: &Session,
    email: &str,
    attempts: u8,
    headers: impl Fn(u8) -> [(&'static str, String); 2],
) -> bool {
    let body = json!({"email": email, "password": "not the password at all"});
    for attempt in 0..attempts {
        let mut request = session.request(Method::POST, LOGIN).json(&body);
        for (name, value) in headers(attempt) {
            request = request.header(name, value);
        }
        let answer = session.send(request).await.unwrap();
        if answer.status == 429 {
            return true;
        }
        assert_eq!(answer.status, 401, "{answer:?}");
    }
    false
}

#[tokio::test]
async fn failures_count_for_the_client_that_the_cdn_names_and_for_no_other() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let user = session.new_user().await.unwrap();
    let secret = stack.origin_secret();
    let behind = |viewer: String| [("x-origin-verify", secret.clone()), ("x-viewer-ip", viewer)];
    // Each from another address, and from one.
    let from_many = |attempt| behind(format!("203.0.113.{attempt}"));
    assert!(!is_slowed(&session, &user.email, 12, from_many).await);
    let from_one = |_| behind("198.51.100.7".to_owned());
    assert!(is_slowed(&session, &user.email, 40, from_one).await);

    // Who only says so counts as who they are.
    let user = session.new_user().await.unwrap();
    let forged = |attempt| {
        [
            ("x-origin-verify", "x".repeat(64)),
            ("x-viewer-ip", format!("203.0.113.{attempt}")),
        ]
    };
    assert!(is_slowed(&session, &user.email, 40, forged).await);
}
