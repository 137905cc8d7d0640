use super::*;

#[test]
fn a_panic_is_told_in_its_own_words() {
    let text = |run: fn() -> Result<(), Panicked>| catch(run).unwrap_err().0;
    assert_eq!(text(|| panic!("a {}", "reason")), "a reason");
    assert_eq!(text(|| panic!("a reason")), "a reason");
    assert_eq!(text(|| std::panic::panic_any(7)), "the poller panicked");
    assert_eq!(catch(|| Ok(())), Ok(()));
}
