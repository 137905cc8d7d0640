use e2e::{Session, Stack, cookie_of};
use reqwest::Method;
use serde_json::json;

use crate::openapi::assert_matches;

const REFRESH: &str = "/api/v1/users/refresh";
const LOGOUT: &str = "/api/v1/users/logout";

#[tokio::test]
async fn a_session_outlives_its_access_tokens() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let user = session.new_user().await.unwrap();
    let mut cookie = session.begin(&user).await.unwrap();
    for _ in 0..2 {
        let answer = session.post_cookie(REFRESH, &cookie).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_matches("AccessToken", &answer.body);
        let attributes = answer.header("set-cookie").split_once("; ").unwrap().1;
        assert_eq!(
            attributes,
            "HttpOnly; SameSite=Strict; Secure; Path=/api/v1/users; Max-Age=2592000"
        );
        let token = answer.body["access_token"].as_str().unwrap();
        let me = session.get("/api/v1/users/me", Some(token)).await.unwrap();
        assert_eq!(me.body["id"], user.id.to_string());
        let next = cookie_of(&answer);
        assert_ne!(next, cookie);
        let again = session.post_cookie(REFRESH, &cookie).await.unwrap();
        assert_eq!((again.status, cookie_of(&again)), (200, next.clone()));
        cookie = next;
    }
}

#[tokio::test]
async fn a_role_counts_from_the_next_refresh() {
    let stack = Stack::shared();
    let session = Session::new(stack);
    let (user, other) = (
        session.new_user().await.unwrap(),
        session.new_user().await.unwrap(),
    );
    let cookie = session.begin(&user).await.unwrap();
    stack.grant_admin(&user.email).unwrap();
    let answer = session.post_cookie(REFRESH, &cookie).await.unwrap();
    let token = answer.body["access_token"].as_str();
    let path = format!("/analytics/user/{}", other.id);
    assert_eq!(session.get(&path, token).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_token_that_is_used_twice_in_the_past_ends_the_session() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let stolen = session.begin(&user).await.unwrap();
    let mut newest = stolen.clone();
    for _ in 0..2 {
        let answer = session.post_cookie(REFRESH, &newest).await.unwrap();
        newest = cookie_of(&answer);
    }
    for cookie in [&stolen, &newest] {
        let answer = session.post_cookie(REFRESH, cookie).await.unwrap();
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_eq!(answer.body["type"], "/problems/session-ended");
        assert_eq!(cookie_of(&answer), "");
        assert_matches("Problem", &answer.body);
    }
}

#[tokio::test]
async fn whoever_logs_out_has_no_session_any_more() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let cookie = session.begin(&user).await.unwrap();
    for cookie in [&*cookie, &*cookie, "", "refresh_token=nonsense"] {
        let answer = session.post_cookie(LOGOUT, cookie).await.unwrap();
        assert_eq!(answer.status, 204, "{answer:?}");
        assert!(answer.header("set-cookie").ends_with("Max-Age=0"));
    }
    let answer = session.post_cookie(REFRESH, &cookie).await.unwrap();
    assert_eq!(answer.status, 401, "{answer:?}");
}

#[tokio::test]
async fn a_deleted_user_has_no_session() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let cookie = session.begin(&user).await.unwrap();
    let deleted = session.delete("/api/v1/users/me", &user.token).await;
    assert_eq!(deleted.unwrap().status, 204);
    let answer = session.post_cookie(REFRESH, &cookie).await.unwrap();
    assert_eq!(answer.status, 401, "{answer:?}");
    assert_eq!(
        session.post_cookie(LOGOUT, &cookie).await.unwrap().status,
        204
    );
}

#[tokio::test]
async fn pages_of_other_sites_are_refused_and_end_nothing() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let cookie = session.begin(&user).await.unwrap();
    for path in [REFRESH, LOGOUT] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://attacker.example"),
        ] {
            let request = session.request(Method::POST, path).json(&json!({}));
            let request = request.header(name, value).header("cookie", &cookie);
            let answer = session.send(request).await.unwrap();
            assert_eq!(answer.status, 403, "{answer:?}");
            assert_eq!(answer.body["type"], "/problems/cross-site");
            assert_matches("Problem", &answer.body);
        }
        let form = session.request(Method::POST, path).body("a=b");
        let form = form.header("content-type", "application/x-www-form-urlencoded");
        let answer = session.send(form.header("cookie", &cookie)).await.unwrap();
        assert_eq!(answer.status, 415, "{answer:?}");
    }
    let answer = session.post_cookie(REFRESH, &cookie).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn a_login_without_a_session_sets_no_cookie() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    for body in [
        json!({"email": user.email, "password": user.password}),
        json!({"email": user.email, "password": user.password, "session": false}),
    ] {
        let answer = session.post("/api/v1/users/login", &body).await.unwrap();
        assert_eq!((answer.status, answer.header("set-cookie")), (200, ""));
    }
}
