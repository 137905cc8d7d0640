use std::collections::BTreeSet;

/// Remembers the newest of many things by ids that sort by time.
#[derive(Debug)]
pub struct Recent<K> {
    ids: BTreeSet<K>,
}

/// More than a process deals with between two deliveries of a batch, and a few hundred KB.
const MOST: usize = 10_000;

impl<K> Default for Recent<K> {
    fn default() -> Self {
        Self {
            ids: BTreeSet::new(),
        }
    }
}

impl<K: Ord> Recent<K> {
    /// Whether the id is remembered.
    pub fn contains(&self, id: &K) -> bool {
        self.ids.contains(id)
    }

    /// Remembers one more, and forgets the oldest if there are too many.
    pub fn insert(&mut self, id: K) {
        self.ids.insert(id);
        if self.ids.len() > MOST {
            self.ids.pop_first();
        }
    }
}

#[cfg(test)]
mod tests;
