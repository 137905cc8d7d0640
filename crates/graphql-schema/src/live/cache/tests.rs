use super::*;

fn operation(number: usize, bytes: usize) -> Operation {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&number.to_be_bytes());
    Operation {
        key: OperationKey(key),
        text: "x".repeat(bytes),
    }
}

fn filled(operations: usize, bytes: usize) -> Cache {
    let mut cache = Cache::default();
    let first = operation(0, bytes).key;
    for number in 0..operations {
        cache.insert(&operation(number, bytes), Err(Bytes::new()));
        // Whatever is asked for stays.
        assert!(cache.get(&first).is_some());
    }
    cache
}

#[test]
fn those_that_were_not_executed_for_the_longest_time_are_forgotten() {
    for (operations, bytes) in [(MOST + 1, 1), (5, MOST_BYTES / 4)] {
        let mut cache = filled(operations, bytes);
        let is_known =
            |cache: &mut Cache, number| cache.get(&operation(number, bytes).key).is_some();
        assert!(is_known(&mut cache, 0) && is_known(&mut cache, 2));
        assert!(!is_known(&mut cache, 1));
        assert_eq!(cache.bytes, (operations - 1) * bytes);
    }
}

#[test]
fn one_that_is_too_large_is_not_kept_and_one_that_comes_again_counts_once() {
    let mut cache = Cache::default();
    for bytes in [10, 10, 20] {
        cache.insert(&operation(1, bytes), Err(Bytes::new()));
    }
    assert_eq!((cache.operations.len(), cache.bytes), (1, 20));
    cache.insert(&operation(2, MOST_BYTES + 1), Err(Bytes::new()));
    assert_eq!((cache.operations.len(), cache.bytes), (0, 0));
}
