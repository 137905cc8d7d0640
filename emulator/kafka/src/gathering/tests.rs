use super::*;

#[test]
fn a_window_begins_with_the_first_record() {
    let (start, window) = (Instant::now(), Duration::from_millis(500));
    let mut gathering = Gathering::new(window, true);
    assert_eq!(gathering.due(), None);
    gathering.add(start);
    gathering.add(start + Duration::from_millis(400));
    assert_eq!(gathering.due(), Some(start + window));
    gathering.reset();
    assert_eq!(gathering.due(), None);
}

#[test]
fn without_a_window_a_burst_is_one_batch_unless_it_goes_on_and_on() {
    let start = Instant::now();
    let mut gathering = Gathering::new(Duration::ZERO, true);
    gathering.add(start);
    let later = start + Duration::from_millis(5);
    gathering.add(later);
    assert_eq!(gathering.due(), Some(later + QUIET));
    gathering.add(start + BURST);
    assert_eq!(gathering.due(), Some(start + BURST));
}
