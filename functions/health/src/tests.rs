use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use app::Error;
use futures_util::FutureExt as _;

use super::*;

const NOW_MS: u64 = 1_767_225_600_000;

/// A table that a test can take down, with how often it was asked.
#[derive(Clone, Default)]
struct Table {
    down: Arc<AtomicBool>,
    checks: Arc<AtomicUsize>,
}

impl Table {
    async fn check(self) -> app::Result<()> {
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
    let table = Table::default();
    let responder = Responder::new(HeaderValue::from_static("*"));
    let asked = table.clone();
    let check = move || asked.clone().check().boxed();
    let health = Health::new(Box::new(check), responder);
    let response = health.handle(NOW_MS).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(matches!(response.body(), Body::Text(text) if text == r#"{"status":"ok"}"#));

    table.down.store(true, Ordering::Relaxed);
    assert_eq!(
        health.handle(NOW_MS + MAX_AGE_MS - 1).await.status(),
        StatusCode::OK
    );
    assert_eq!(
        table.checks.load(Ordering::Relaxed),
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
