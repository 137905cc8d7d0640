//! What a client is told before its connection is closed, as a message of each protocol that it may speak.

use feed::Farewell;
use feed::operations::{EncodeControl as _, Violation};
use feed::session::{Refusal, Reply};

use crate::feed::encode;
use crate::operations::ControlFrames;

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
        raw_feed: encode(&bye).concat().into_bytes(),
        operations: ControlFrames.violated(&violation.into()).0.into_bytes(),
    }
}

#[cfg(test)]
mod tests;
