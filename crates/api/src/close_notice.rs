//! What a client is told before its connection is closed, as a message of each protocol that it may speak.

use feed::{CloseNotice, EncodeFrames as _, Frame, Refusal, Reply, Violation};

use crate::frames::{JsonFrames, timed_out};

/// The user's account was deleted.
#[must_use]
pub fn account_deleted() -> CloseNotice {
    let operations = JsonFrames.violation(&Violation::Deleted.into());
    notice("your account was deleted", operations)
}

/// Nobody has authenticated on the connection in time.
#[must_use]
pub fn authentication_timeout() -> CloseNotice {
    notice("no valid token came in time", timed_out())
}

fn notice(reason: &'static str, operations: Frame) -> CloseNotice {
    let bye = Reply::Bye(Refusal::Unauthenticated(reason));
    CloseNotice {
        raw_feed: one(JsonFrames.reply(&bye)),
        operations,
    }
}

fn one(mut frames: Vec<Frame>) -> Frame {
    frames.pop().expect("BUG: a close notice is one frame")
}

#[cfg(test)]
mod tests;
