//! GraphQL operations over a WebSocket, as the protocol `graphql-transport-ws` has it
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>): what is allowed when, and how what isn't ends.
//! What operations say is none of our business.

mod closing;
mod control;
mod encode;
mod replies;
mod run;
#[cfg(test)]
mod tests;
mod violation;

pub use control::{Control, ControlMessage, ControlPorts};
pub use encode::EncodeControl;
pub use run::{Admitted, Operations, RunPorts};
pub use violation::{Violated, Violation};
