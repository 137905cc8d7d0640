use super::*;

#[tokio::test]
async fn a_value_is_asked_for_again_only_when_it_is_old() {
    let memo = Memo::new(5_000);
    for (now_ms, asked, known) in [
        (10_000, "one", "one"),
        (14_999, "two", "one"),
        (15_000, "three", "three"),
        (15_001, "four", "three"),
    ] {
        assert_eq!(memo.get(now_ms, async { asked }).await, known);
    }
}
