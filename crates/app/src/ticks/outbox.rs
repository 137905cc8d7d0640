use std::collections::HashMap;
use std::hash::Hash;

/// What this run has published of an outbox that still shows it: its index follows with a delay.
pub(super) struct PublishedEntries<T> {
    /// With whether it was taken off the outbox already.
    entries: HashMap<T, bool>,
}

impl<T: Copy + Eq + Hash> PublishedEntries<T> {
    pub(super) fn new() -> Self {
        Self {
            entries: HashMap::new(),
        }
    }

    /// Forgets what the outbox does not show any more.
    pub(super) fn keep_shown(&mut self, is_shown: impl Fn(&T) -> bool) {
        self.entries.retain(|entry, _| is_shown(entry));
    }

    pub(super) fn contains(&self, entry: &T) -> bool {
        self.entries.contains_key(entry)
    }

    pub(super) fn add(&mut self, published: impl IntoIterator<Item = T>) {
        self.entries
            .extend(published.into_iter().map(|entry| (entry, false)));
    }

    /// What is to be taken off the outbox.
    pub(super) fn uncleared(&self) -> Vec<T> {
        let uncleared = self.entries.iter().filter(|(_, is_cleared)| !**is_cleared);
        uncleared.map(|(entry, _)| *entry).collect()
    }

    /// Notes what was taken off the outbox.
    pub(super) fn clear(&mut self, cleared: Vec<T>) {
        self.entries
            .extend(cleared.into_iter().map(|entry| (entry, true)));
    }
}
