use e2e::{Session, Stack};
use reqwest::Method;

use crate::openapi::assert_matches;

const SESSIONS: &str = "/api/v1/users/sessions";

#[tokio::test]
async fn a_user_sees_where_they_are_logged_in_and_ends_it() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let cookies = [
        session.begin(&user).await.unwrap(),
        session.begin(&user).await.unwrap(),
    ];
    let request = session
        .request(Method::GET, SESSIONS)
        .bearer_auth(&user.token);
    let answer = session
        .send(request.header("cookie", &cookies[1]))
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_matches("Sessions", &answer.body);
    let sessions = answer.body["sessions"].as_array().unwrap();
    let current: Vec<_> = sessions.iter().map(|session| &session["current"]).collect();
    assert_eq!(current, [false, true]);

    let path = format!("{SESSIONS}/{}", sessions[0]["id"].as_str().unwrap());
    for status in [204, 404] {
        let ended = session.delete(&path, &user.token).await.unwrap();
        assert_eq!(ended.status, status, "{ended:?}");
    }
    for (cookie, status) in cookies.iter().zip([401, 200]) {
        let answer = session.post_cookie("/api/v1/users/refresh", cookie).await;
        assert_eq!(answer.unwrap().status, status);
    }
}

#[tokio::test]
async fn all_sessions_are_ended_at_once_and_nobody_elses() {
    let session = Session::new(Stack::shared());
    let (user, other) = (
        session.new_user().await.unwrap(),
        session.new_user().await.unwrap(),
    );
    let cookie = session.begin(&user).await.unwrap();
    let others = session.begin(&other).await.unwrap();
    for _ in 0..2 {
        let ended = session.delete(SESSIONS, &user.token).await.unwrap();
        assert_eq!(ended.status, 204, "{ended:?}");
    }
    for (cookie, status) in [(cookie, 401), (others, 200)] {
        let answer = session.post_cookie("/api/v1/users/refresh", &cookie).await;
        assert_eq!(answer.unwrap().status, status);
    }
    let empty = session.get(SESSIONS, Some(&user.token)).await.unwrap();
    assert_eq!(empty.body["sessions"], serde_json::json!([]));
}
