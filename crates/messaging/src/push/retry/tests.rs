use std::sync::Mutex;

use http::StatusCode;

use super::*;

/// When attempts that all fail with this error begin.
async fn attempts(budget: Duration, error: impl Fn() -> PostError) -> Vec<Instant> {
    let begun = Mutex::new(Vec::new());
    let attempt = || {
        begun.lock().unwrap().push(Instant::now());
        std::future::ready(Err(error()))
    };
    assert!(within(budget, attempt).await.is_err());
    begun.into_inner().unwrap()
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_to_a_limit_and_end_with_the_budget() {
    let budget = Duration::from_secs(300);
    let start = Instant::now();
    let begun = attempts(budget, || PostError::Throttled).await;
    assert!(start.elapsed() <= budget);
    let pauses: Vec<_> = begun.windows(2).map(|two| two[1] - two[0]).collect();
    // Timers of tokio have a resolution of a millisecond.
    let slack = Duration::from_millis(1);
    for (pause, limit_ms) in pauses.iter().zip([50, 100, 200, 400, 800]) {
        let limit = Duration::from_millis(limit_ms) + slack;
        assert!(*pause <= limit, "{pauses:?}");
    }
    assert!(pauses.iter().all(|pause| *pause <= MAX_BACKOFF + slack));
    // Some 600 pauses of half a second on average fill the budget.
    assert!((450..800).contains(&pauses.len()), "{}", pauses.len());
}

#[tokio::test(start_paused = true)]
async fn without_a_budget_there_is_no_retry() {
    let begun = attempts(Duration::ZERO, || PostError::Throttled).await;
    assert_eq!(begun.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_failures_that_may_pass_are_retried() {
    let status = |status| {
        move || PostError::Status {
            status,
            message: String::new(),
        }
    };
    let budget = Duration::from_secs(60);
    for passing in [
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::SERVICE_UNAVAILABLE,
    ] {
        assert!(attempts(budget, status(passing)).await.len() > 1);
    }
    assert!(attempts(budget, || PostError::Timeout).await.len() > 1);
    for fatal in [
        StatusCode::BAD_REQUEST,
        StatusCode::FORBIDDEN,
        StatusCode::PAYLOAD_TOO_LARGE,
    ] {
        assert_eq!(attempts(budget, status(fatal)).await.len(), 1);
    }
    assert_eq!(attempts(budget, || PostError::Gone).await.len(), 1);
}
