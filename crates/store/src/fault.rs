//! What went wrong in DynamoDB, as the application's errors say it.

use feed::Error;

/// Turns a failed request, or an item that can't be read, into an error of the application.
pub(crate) fn fault(error: impl Into<dynamodb::Error>) -> Error {
    match error.into() {
        dynamodb::Error::Unavailable(source) => Error::Unavailable {
            what: "DynamoDB",
            source,
        },
        dynamodb::Error::Rejected(source) => Error::Internal {
            what: "a request to DynamoDB",
            source,
        },
        dynamodb::Error::Unreadable { what, source } => Error::Internal { what, source },
    }
}

/// An item that can't be read back: what was being read, and the attribute at fault.
pub(crate) fn unreadable(what: &'static str, attribute: &str) -> Error {
    fault(dynamodb::Error::unreadable(what, attribute))
}
