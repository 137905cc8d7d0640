use std::future::ready;

use super::*;

fn failed() -> InvokeError {
    InvokeError::Failed {
        function: "f".to_owned(),
        error_type: "Error".to_owned(),
        message: "no".to_owned(),
    }
}

fn throttled() -> InvokeError {
    InvokeError::Throttled("f".to_owned())
}

fn policy(max_retries: u8, max_age: u64) -> AsyncPolicy {
    AsyncPolicy {
        max_retries,
        max_age: Duration::from_secs(max_age),
    }
}

/// When a function that never succeeds is tried, in seconds, and why its event is dropped.
async fn attempts(policy: AsyncPolicy, error: fn() -> InvokeError) -> (Vec<u64>, String) {
    let (start, stop) = (Instant::now(), CancellationToken::new());
    let mut at = Vec::new();
    let result = deliver(policy, &stop, || {
        at.push(start.elapsed().as_secs());
        ready(Err::<(), _>(error()))
    });
    let dropped = result.await.unwrap_err();
    (at, dropped.to_string())
}

#[tokio::test(start_paused = true)]
async fn an_event_on_which_the_function_fails_is_retried_as_often_as_declared() {
    let (at, why) = attempts(AsyncPolicy::default(), failed).await;
    assert_eq!(at, [0, 60, 180]);
    assert_eq!(
        why,
        "all attempts failed (3), the last one: function f failed: Error: no"
    );
    assert_eq!(attempts(policy(1, 21_600), failed).await.0, [0, 60]);
    assert_eq!(attempts(policy(0, 21_600), failed).await.0, [0]);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_event_is_retried_until_it_is_too_old_whatever_the_number_of_retries() {
    let (at, why) = attempts(policy(0, 60), throttled).await;
    assert_eq!(at, [0, 1, 3, 7, 15, 31]);
    assert_eq!(
        why,
        "the event would be older than 60s at the next attempt; the last one: function f is throttled"
    );
    let (at, _) = attempts(policy(0, 21_600), throttled).await;
    let pauses: Vec<_> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(pauses[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    assert!(*at.last().unwrap() > 21_600 - 300, "{at:?}");
}

#[tokio::test(start_paused = true)]
async fn an_event_is_not_retried_beyond_its_age() {
    let (at, why) = attempts(policy(2, 60), failed).await;
    assert_eq!(at, [0, 60]);
    assert!(why.contains("older than 60s"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_succeeds_is_done() {
    let mut answers = vec![Ok(7), Err(failed()), Err(throttled())];
    let stop = CancellationToken::new();
    let result = deliver(AsyncPolicy::default(), &stop, || {
        ready(answers.pop().unwrap())
    });
    assert_eq!(result.await.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_waits_is_dropped_when_the_emulator_stops() {
    let stop = CancellationToken::new();
    let result = deliver(AsyncPolicy::default(), &stop, || {
        stop.cancel();
        ready(Err::<(), _>(failed()))
    });
    let start = Instant::now();
    assert!(matches!(result.await, Err(Dropped::Stopping)));
    assert_eq!(start.elapsed(), Duration::ZERO);
}
