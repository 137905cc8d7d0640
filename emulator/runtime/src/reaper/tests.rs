#[test]
fn only_processes_that_have_not_ended_are_left_over() {
    let left = super::left_over("+10\n+11\n-10\n+12\n".as_bytes());
    let mut left: Vec<_> = left.into_iter().collect();
    left.sort_unstable();
    assert_eq!(left, [11, 12]);
}
