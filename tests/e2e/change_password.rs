use e2e::{Session, Stack, User};
use reqwest::Method;
use serde_json::{Value, json};

const PASSWORD: &str = "/api/v1/users/password";
const NEW: &str = "staple of another battery";

async fn change(session: &Session, user: &User, cookie: &str, body: &Value) -> e2e::Answer {
    let request = session.request(Method::POST, PASSWORD).json(body);
    let request = request.bearer_auth(&user.token).header("cookie", cookie);
    session.send(request).await.unwrap()
}

#[tokio::test]
async fn a_new_password_takes_the_place_of_the_old_one_and_ends_other_sessions() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    let (own, other) = (
        session.begin(&user).await.unwrap(),
        session.begin(&user).await.unwrap(),
    );
    let body = json!({"current_password": user.password, "new_password": NEW});
    assert_eq!(change(&session, &user, &own, &body).await.status, 204);
    for (cookie, status) in [(own, 200), (other, 401)] {
        let answer = session.post_cookie("/api/v1/users/refresh", &cookie).await;
        assert_eq!(answer.unwrap().status, status);
    }
    assert!(session.log_in(&user.email, NEW).await.is_ok());
    let old = json!({"email": user.email, "password": user.password});
    let answer = session.post("/api/v1/users/login", &old).await.unwrap();
    assert_eq!(answer.status, 401, "{answer:?}");
}

#[tokio::test]
async fn what_can_not_be_a_password_is_named_and_nothing_changes() {
    let session = Session::new(Stack::shared());
    let user = session.new_user().await.unwrap();
    for (body, fields) in [
        (json!({}), vec!["current_password", "new_password"]),
        (
            json!({"current_password": user.password, "new_password": "short"}),
            vec!["new_password"],
        ),
    ] {
        let answer = change(&session, &user, "", &body).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert_eq!(answer.bad_fields(), fields);
    }
    let wrong = json!({"current_password": "not the password", "new_password": NEW});
    let answer = change(&session, &user, "", &wrong).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    assert_eq!(answer.body["type"], "/problems/wrong-password");
    assert!(session.log_in(&user.email, &user.password).await.is_ok());
}
