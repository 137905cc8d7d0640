use super::Violated;
use crate::session::{Message, Refusal, SubscriptionId};

/// Writes what is not about the results of an operation, as the protocol has it.
pub trait EncodeControl: Send + Sync {
    /// That the connection is initialised.
    fn acknowledged(&self) -> Message;

    /// The answer to a ping, with the payload of that, which is JSON.
    fn pong(&self, payload: Option<&str>) -> Message;

    /// That all results of an operation are sent.
    fn complete(&self, id: &SubscriptionId) -> Message;

    /// That an operation is refused. Nothing comes after it.
    fn refused(&self, id: &SubscriptionId, refusal: &Refusal) -> Message;

    /// Why the connection is closed: API Gateway lets nobody choose the code with which it closes.
    fn violated(&self, violated: &Violated) -> Message;
}
