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
mod tests;
