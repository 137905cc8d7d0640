use std::hash::Hash;

use lru::LruCache;

/// Keeps what was used last: so many values at most, and no more bytes of them than so many.
pub struct WeightedLru<K: Hash + Eq, V> {
    entries: LruCache<K, (V, usize)>,
    most: usize,
    bytes: usize,
    most_bytes: usize,
}

impl<K: Copy + Hash + Eq, V: Clone> WeightedLru<K, V> {
    /// An empty cache.
    #[must_use]
    pub fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            entries: LruCache::unbounded(),
            most,
            bytes: 0,
            most_bytes,
        }
    }

    /// A value, which counts as used.
    pub fn get(&mut self, key: &K) -> Option<V> {
        self.entries.get(key).map(|(value, _)| value.clone())
    }

    /// Keeps one more, and forgets those that were not used for the longest time if there is too much.
    pub fn insert(&mut self, key: K, value: V, bytes: usize) {
        self.bytes += bytes;
        if let Some((_, replaced)) = self.entries.put(key, (value, bytes)) {
            self.bytes -= replaced;
        }
        while self.entries.len() > self.most || self.bytes > self.most_bytes {
            match self.entries.pop_lru() {
                Some((_, (_, oldest))) => self.bytes -= oldest,
                None => break,
            }
        }
    }

    /// Forgets all others.
    pub fn retain(&mut self, is_kept: impl Fn(&K) -> bool) {
        let others = self.entries.iter().map(|(key, _)| *key);
        let others: Vec<_> = others.filter(|key| !is_kept(key)).collect();
        for key in others {
            if let Some((_, bytes)) = self.entries.pop(&key) {
                self.bytes -= bytes;
            }
        }
    }
}

#[cfg(test)]
mod tests;
