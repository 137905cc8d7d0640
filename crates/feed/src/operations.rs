//! GraphQL operations over a WebSocket, as the protocol `graphql-transport-ws` has it
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>): what is allowed when, and how what isn't ends.
//! Parsing and planning operations is left to whoever runs them.

mod control;
mod replies;
mod run;
#[cfg(test)]
mod tests;

pub use crate::violation::Violation;
pub use control::{Control, ControlMessage};
pub use run::{OperationMessage, Operations, Planned};
