use std::sync::Arc;

use bytes::Bytes;
use feed::{Operation, OperationKey};
use lru::LruCache;

use super::Compiled;

/// As many operations as are executed for one tick at most.
const MOST: usize = 10_000;
/// The bytes of all their texts. A parsed operation takes some fifty times as much memory as its text.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// An operation that can be executed, or the list of errors that says why not.
type Known = Result<Arc<Compiled>, Bytes>;

/// Operations that were executed not long ago.
pub(super) struct Cache {
    operations: LruCache<OperationKey, Entry>,
    bytes: usize,
}

struct Entry {
    known: Known,
    bytes: usize,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            operations: LruCache::unbounded(),
            bytes: 0,
        }
    }
}

impl Cache {
    pub(super) fn get(&mut self, key: &OperationKey) -> Option<Known> {
        self.operations.get(key).map(|entry| entry.known.clone())
    }

    /// Remembers one more, and forgets those that were not executed for the longest time if there are too many.
    pub(super) fn insert(&mut self, operation: &Operation, known: Known) {
        let bytes = operation.text.len();
        let entry = Entry { known, bytes };
        self.bytes += bytes;
        if let Some(same) = self.operations.put(operation.key, entry) {
            self.bytes -= same.bytes;
        }
        while self.operations.len() > MOST || self.bytes > MOST_BYTES {
            match self.operations.pop_lru() {
                Some((_, oldest)) => self.bytes -= oldest.bytes,
                None => break,
            }
        }
    }
}

#[cfg(test)]
mod tests {
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
}
