//! The last message before a connection is closed, in the words of each protocol that may be spoken on it.

use feed::{EncodeFeed as _, EncodeOperations as _, Farewell, Frame, Refusal, Reply, Violation};

use crate::feed::FeedFrames;
use crate::operations::OperationFrames;

/// To the connections of a user who was deleted.
#[must_use]
pub fn to_deleted() -> Farewell {
    farewell("your account was deleted", Violation::Deleted)
}

/// To a connection on which nobody has authenticated in time.
#[must_use]
pub fn to_uninitialised() -> Farewell {
    farewell(
        "no valid token came in time",
        Violation::InitialisationTimeout,
    )
}

fn farewell(reason: &'static str, violation: Violation) -> Farewell {
    let bye = Reply::Bye(Refusal::Unauthenticated(reason));
    Farewell {
        raw_feed: one(FeedFrames.reply(&bye)),
        operations: OperationFrames.violated(&violation.into()),
    }
}

fn one(mut frames: Vec<Frame>) -> Frame {
    frames.pop().expect("BUG: a farewell is one frame")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(farewell: Farewell) -> [String; 2] {
        [farewell.raw_feed, farewell.operations].map(|frame| frame.text())
    }

    #[test]
    fn a_farewell_is_a_message_of_each_protocol() {
        assert_eq!(
            texts(to_deleted()),
            [
                r#"{"type":"bye","code":"unauthenticated","message":"your account was deleted"}"#,
                r#"{"id":"connection","type":"error","payload":[{"message":"Forbidden: the user was deleted","extensions":{"code":"FORBIDDEN","closeCode":4403}}]}"#,
            ]
        );
        assert_eq!(
            texts(to_uninitialised()),
            [
                r#"{"type":"bye","code":"unauthenticated","message":"no valid token came in time"}"#,
                r#"{"id":"connection","type":"error","payload":[{"message":"Connection initialisation timeout","extensions":{"code":"CONNECTION_INITIALISATION_TIMEOUT","closeCode":4408}}]}"#,
            ]
        );
    }
}
