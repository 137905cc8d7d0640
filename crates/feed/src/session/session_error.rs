use crate::error::Error;
use crate::push::PushError;
use crate::refusal::Refusal;
use crate::subscriptions::Added;

/// What keeps a message from being answered as it asks.
#[derive(Debug)]
pub(crate) enum SessionError {
    /// The client's doing.
    Refused(Refusal),
    /// Ours.
    Failed(Error),
    /// The client has left.
    Gone,
    /// The server no longer knows the connection.
    Unknown,
    /// The client has ended what it asked for before it was done: there is nothing to answer.
    Ended,
}

impl SessionError {
    /// Nothing if a subscription is stored, else why it is not.
    pub(crate) fn unless_stored(added: Added) -> Result<(), Self> {
        match added {
            Added::Stored => Ok(()),
            Added::Duplicate => Err(Refusal::DuplicateSubscription.into()),
            Added::TooMany => Err(Refusal::TooManySubscriptions.into()),
            Added::NoConnection => Err(Self::Unknown),
            Added::Ended => Err(Self::Ended),
        }
    }
}

impl From<Refusal> for SessionError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for SessionError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<PushError> for SessionError {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Gone => Self::Gone,
            PushError::Throttled | PushError::Failed(_) => Self::Failed(Error::Unavailable {
                what: "the client's connection",
                source: Box::new(error),
            }),
        }
    }
}
