use app::{Causes, Result};
use dynamodb::Item;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tracing::error;

/// Entries that are taken off an outbox at the same time.
const CLEARING: usize = 16;

/// What items say. One that can't be read must not keep the others waiting.
pub(crate) fn read_each<T, E>(items: &[Item], read: fn(&Item) -> Result<T, E>) -> Vec<T>
where
    E: std::error::Error + 'static,
{
    let read = |item: &Item| match read(item) {
        Ok(one) => Some(one),
        Err(error) => {
            let (pk, sk) = (item.get("pk"), item.get("sk"));
            error!(?pk, ?sk, error = %Causes(&error), "unreadable item skipped");
            None
        }
    };
    items.iter().filter_map(read).collect()
}

/// Takes entries off an outbox, some at a time. After a failure some may still be on it.
pub(crate) async fn clear_each<T: Copy, F>(entries: &[T], clear: impl Fn(T) -> F) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    stream::iter(entries.to_vec())
        .map(clear)
        .buffer_unordered(CLEARING)
        .try_collect()
        .await
}
