//! The last message before a connection is closed, in the words of each protocol that may be spoken on it.

use feed::Farewell;
use feed::operations::{EncodeControl as _, Violation};
use feed::session::{Refusal, Reply};

use crate::feed::encode;
use crate::operations::ControlFrames;

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
        raw_feed: encode(&bye).concat().into_bytes(),
        operations: ControlFrames.violated(&violation.into()).0.into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(farewell: Farewell) -> [String; 2] {
        [farewell.raw_feed, farewell.operations].map(|text| String::from_utf8(text).unwrap())
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
