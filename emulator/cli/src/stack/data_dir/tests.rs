#[test]
fn a_second_lock_is_refused_until_the_first_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let first = super::lock(dir.path()).unwrap();
    let refused = super::lock(dir.path()).unwrap_err();
    assert!(refused.to_string().contains("in use by another emulator"));
    drop(first);
    assert!(super::lock(dir.path()).is_ok());
}
