/// Why a client's message is not answered as it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageError<R> {
    /// The id in the message, where one could be read.
    pub id: Option<String>,
    /// A [`crate::Refusal`], or a [`crate::Violation`], which ends the connection.
    pub reason: R,
}

impl<R> From<R> for MessageError<R> {
    fn from(reason: R) -> Self {
        Self { id: None, reason }
    }
}
