use e2e::{Session, Stack, unique_email};
use reqwest::Method;
use serde_json::json;

const REGISTER: &str = "/api/v1/users/register";

#[tokio::test]
async fn registering_assigns_the_opening_price() {
    let stack = Stack::shared();
    let email = unique_email();
    let body = json!({
        "name": "Ada Lovelace", "email": email, "phone": "+4915112345678",
        "password": "correct horse battery staple",
    });
    let answer = Session::new(stack).post(REGISTER, &body).await.unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");

    let id = domain::UserId::parse(answer.body["id"].as_str().unwrap()).unwrap();
    let shareholder = stack.price_model().shareholder(id);
    assert_eq!(answer.body["name"], "Ada Lovelace");
    assert_eq!(answer.body["email"], email.as_str());
    assert_eq!(answer.body["phone"], "+4915112345678");
    assert_eq!(
        answer.body["price"],
        shareholder.opening_price().to_string()
    );
    assert_eq!(answer.body["tick"], shareholder.opening_tick().get());
    assert!(answer.body["created_at"].as_str().unwrap().ends_with('Z'));
    assert!(answer.body.get("password").is_none());
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn an_email_address_registers_once_whatever_its_case() {
    let session = Session::new(Stack::shared());
    let email = unique_email();
    let body =
        |email: &str| json!({"name": "A", "email": email, "password": "long enough a password"});
    let first = session.post(REGISTER, &body(&email)).await.unwrap();
    assert_eq!(first.status, 201, "{first:?}");
    let again = session
        .post(REGISTER, &body(&email.to_uppercase()))
        .await
        .unwrap();
    assert_eq!(again.status, 409, "{again:?}");
    assert_eq!(again.body["type"], "/problems/email-taken");
    assert_eq!(again.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn of_two_racing_registrations_one_wins() {
    let session = Session::new(Stack::shared());
    for _ in 0..3 {
        let body =
            json!({"name": "A", "email": unique_email(), "password": "long enough a password"});
        let (left, right) =
            tokio::join!(session.post(REGISTER, &body), session.post(REGISTER, &body));
        let mut statuses = [left.unwrap().status, right.unwrap().status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
    }
}

#[tokio::test]
async fn every_bad_field_is_named() {
    let session = Session::new(Stack::shared());
    let body = json!({"name": " ", "email": "nobody", "phone": "12", "password": "short"});
    let answer = session.post(REGISTER, &body).await.unwrap();
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(answer.body["type"], "/problems/validation");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.bad_fields(), ["email", "name", "password", "phone"]);
}

#[tokio::test]
async fn browsers_may_ask_before_they_post() {
    let session = Session::new(Stack::shared());
    let preflight = session
        .request(Method::OPTIONS, REGISTER)
        .header("origin", "https://example.com")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type");
    let answer = session.send(preflight).await.unwrap();
    assert!((200..300).contains(&answer.status), "{answer:?}");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(
        answer
            .header("access-control-allow-methods")
            .contains("POST")
    );
    assert!(
        answer
            .header("access-control-allow-headers")
            .to_lowercase()
            .contains("content-type")
    );
}
