use super::*;

#[test]
fn backoffs_double_up_to_the_longest() {
    for (attempt, full) in [(1, 100), (2, 200), (5, 1600), (8, 10_000), (1000, 10_000)] {
        let (pause, full) = (backoff(attempt), Duration::from_millis(full));
        assert!(
            pause >= full / 2 && pause <= full,
            "attempt {attempt}: {pause:?}"
        );
    }
}
