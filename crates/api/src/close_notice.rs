//! What a client is told before its connection is closed, as a message of each protocol that it may speak.

use feed::{EncodeFeed as _, EncodeOperations as _, Farewell, Frame, Refusal, Reply, Violation};

use crate::feed::FeedFrames;
use crate::operations::OperationFrames;

/// The user's account was deleted.
#[must_use]
pub fn account_deleted() -> Farewell {
    notice("your account was deleted", Violation::Deleted)
}

/// Nobody has authenticated on the connection in time.
#[must_use]
pub fn authentication_timeout() -> Farewell {
    notice(
        "no valid token came in time",
        Violation::InitialisationTimeout,
    )
}

fn notice(reason: &'static str, violation: Violation) -> Farewell {
    let bye = Reply::Bye(Refusal::Unauthenticated(reason));
    Farewell {
        raw_feed: one(FeedFrames.reply(&bye)),
        operations: OperationFrames.violated(&violation.into()),
    }
}

fn one(mut frames: Vec<Frame>) -> Frame {
    frames.pop().expect("BUG: a close notice is one frame")
}

#[cfg(test)]
mod tests;
