use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use app::Error;
use async_trait::async_trait;

use super::*;

const NOW_MS: u64 = 1_767_225_600_000;

/// A dependency that a test can take down.
#[derive(Clone, Default)]
struct Fake {
    down: Arc<AtomicBool>,
    checks: Arc<AtomicUsize>,
}

#[async_trait]
impl CheckHealth for Fake {
    async fn check(&self) -> app::Result<()> {
        self.checks.fetch_add(1, Ordering::Relaxed);
        if self.down.load(Ordering::Relaxed) {
            return Err(Error::Internal {
                what: "asking",
                source: "access denied".into(),
            });
        }
        Ok(())
    }
}

#[tokio::test]
async fn it_is_ok_when_the_table_answers_and_503_when_it_does_not() {
    let fake = Fake::default();
    let responder = Responder::new(HeaderValue::from_static("*"));
    let health = Health::new(Box::new(fake.clone()), responder);
    let response = health.handle(NOW_MS).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(matches!(response.body(), Body::Text(text) if text == r#"{"status":"ok"}"#));

    fake.down.store(true, Ordering::Relaxed);
    assert_eq!(
        health.handle(NOW_MS + MAX_AGE_MS - 1).await.status(),
        StatusCode::OK
    );
    assert_eq!(
        fake.checks.load(Ordering::Relaxed),
        1,
        "the table is not asked each time"
    );

    let response = health.handle(NOW_MS + MAX_AGE_MS).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    assert!(matches!(response.body(), Body::Text(text) if !text.contains("denied")));
}
