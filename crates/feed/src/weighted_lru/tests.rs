use super::*;

const MOST: usize = 100;
const MOST_BYTES: usize = 2_000;

fn filled(values: usize, bytes: usize) -> WeightedLru<usize, ()> {
    let mut cache = WeightedLru::new(MOST, MOST_BYTES);
    for key in 0..values {
        cache.insert(key, (), bytes);
        // Whatever is asked for stays.
        assert!(cache.get(&0).is_some());
    }
    cache
}

#[test]
fn those_that_were_not_used_for_the_longest_time_are_forgotten() {
    for (values, bytes) in [(MOST + 1, 1), (5, MOST_BYTES / 4)] {
        let mut cache = filled(values, bytes);
        assert!(cache.get(&0).is_some() && cache.get(&2).is_some());
        assert!(cache.get(&1).is_none());
        assert_eq!(cache.bytes, (values - 1) * bytes);
    }
}

#[test]
fn one_that_is_too_large_is_not_kept_and_one_that_comes_again_counts_once() {
    let mut cache = WeightedLru::new(MOST, MOST_BYTES);
    for bytes in [10, 10, 20] {
        cache.insert(1, (), bytes);
    }
    assert_eq!((cache.entries.len(), cache.bytes), (1, 20));
    cache.insert(2, (), MOST_BYTES + 1);
    assert_eq!((cache.entries.len(), cache.bytes), (0, 0));
}

#[test]
fn what_is_not_retained_takes_its_bytes_along() {
    let mut cache = filled(4, 10);
    cache.retain(|key| *key == 2);
    assert_eq!((cache.entries.len(), cache.bytes), (1, 10));
    assert!(cache.get(&2).is_some());
}
