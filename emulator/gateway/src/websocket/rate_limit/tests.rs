use std::time::Duration;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_second_brings_its_tokens_back() {
    let rate = RateLimit::new(Some(2));
    assert_eq!(
        [rate.allows(), rate.allows(), rate.allows()],
        [true, true, false]
    );
    tokio::time::advance(Duration::from_millis(500)).await;
    assert_eq!([rate.allows(), rate.allows()], [true, false]);
    assert!(RateLimit::new(None).allows());
}
