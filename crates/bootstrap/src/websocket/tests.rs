use super::*;

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_in_time_is_given() {
    let answered = attempt(Duration::from_secs(26), async {
        tokio::time::sleep(Duration::from_secs(25)).await;
        7
    });
    assert_eq!(answered.await.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn one_that_would_come_too_late_is_given_up() {
    let unanswered = attempt(Duration::from_secs(26), std::future::pending::<()>()).await;
    insta::assert_snapshot!(unanswered.unwrap_err(), @"there was no answer in 26s, and the function's timeout is near");
}

#[tokio::test]
async fn a_panic_is_told_with_its_message() {
    let panicking = async { std::hint::black_box(None::<u8>).expect("BUG: there is always one") };
    let unanswered = attempt(Duration::from_secs(26), panicking).await;
    insta::assert_snapshot!(unanswered.unwrap_err(), @"the function panicked: BUG: there is always one");
}

#[test]
fn nothing_is_left_after_the_deadline() {
    let deadline = SystemTime::now() - Duration::from_secs(1);
    assert_eq!(until(deadline), Duration::ZERO);
}
