use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// Panics at the first invocation; every later one waits for the test.
struct PanicsOnce(AtomicBool, FakeFunction);

#[async_trait]
impl Invoke for PanicsOnce {
    async fn invoke(&self, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        assert!(self.0.swap(true, Ordering::Relaxed), "as the test wants it");
        self.1.invoke(function, event).await
    }
}

#[tokio::test]
async fn a_delivery_that_panics_is_counted_and_comes_again_before_anything_later() {
    let stack = Stack::start(2).await;
    let (sender, mut calls) = mpsc::unbounded_channel();
    let function = Arc::new(PanicsOnce(AtomicBool::default(), FakeFunction(sender)));
    // Nothing is committed yet, and what comes before the panic must not be skipped.
    let triggers = Triggers::start(
        &stack.broker,
        &[from_now_on()],
        function,
        ConsumerLimit::default(),
    )
    .await
    .unwrap();
    stack.produce(1, "first").await;
    while triggers.status().await.triggers[0].restarts == 0 {
        tokio::task::yield_now().await;
    }
    stack.produce(1, "second").await;
    let status = triggers.status().await;
    let (restarts, error) = (status.triggers[0].restarts, &status.triggers[0].last_error);
    assert_eq!(restarts, 1);
    assert!(error.as_ref().unwrap().contains("panicked"), "{error:?}");

    let mut values = Vec::new();
    while values.len() < 2 {
        let call = calls.recv().await.unwrap();
        values.extend(call.values(1));
        call.succeed();
    }
    assert_eq!(values, ["first", "second"]);
    stack.wait_for_commit_of(1, 2).await;
    let status = triggers.status().await;
    assert_eq!(status.triggers[0].last_error, None);
    triggers.stop().await;
}
