use super::*;
use crate::fakes::{MemoryFeed, operation_key};

#[tokio::test]
async fn texts_are_kept_as_long_as_they_are_not_too_many() {
    let feed = Arc::<MemoryFeed>::default();
    let text = "x".repeat(MOST_KEPT_BYTES / 2 + 1);
    let stored = ["a", "b"].map(|name| (operation_key(name), text.clone()));
    feed.known().stored.extend(stored);
    let executor = Executor::new(&feed.ports(), feed.clone());
    let wanted = [("a", 1), ("a", 1), ("b", 2), ("b", 2), ("a", 3)];
    for (name, reads) in wanted {
        let key = operation_key(name);
        let loaded = executor.load(&HashSet::from([key])).await.unwrap();
        assert!(loaded.len() == 1 && loaded.contains_key(&key));
        assert_eq!(feed.known().reads.len(), reads, "{name}");
    }
}
