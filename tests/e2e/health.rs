use e2e::{Session, Stack};

#[tokio::test]
async fn health_answers_ok() {
    let answer = Session::new(Stack::shared())
        .get("/health", None)
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["status"], "ok");
}
