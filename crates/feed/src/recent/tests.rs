use super::*;

#[test]
fn the_oldest_are_forgotten() {
    let mut recent = Recent::default();
    for id in 0..=MOST {
        recent.insert(id);
        assert!(recent.contains(&id));
    }
    assert!(!recent.contains(&0) && recent.contains(&1));
}
