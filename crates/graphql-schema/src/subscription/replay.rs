use async_graphql::SimpleObject;
use feed::session;

/// Which of the missed ticks are sent before those that come live.
#[derive(SimpleObject)]
pub(super) struct Replay {
    /// The first tick of the replay.
    from: u64,
    /// The last one. Those after it come live.
    to: u64,
    /// Whether that is all that was missed: false if part of it is too long ago.
    complete: bool,
}

impl From<session::Replay> for Replay {
    fn from(replay: session::Replay) -> Self {
        Self {
            from: replay.from.get(),
            to: replay.to.get(),
            complete: replay.complete,
        }
    }
}
