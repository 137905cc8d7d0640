//! GraphQL operations over a WebSocket on the wire, both directions: JSON text messages, as the protocol
//! `graphql-transport-ws` has them (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).

mod control;
mod frames;
mod request;

pub use control::{ControlFrames, ping};
pub use frames::OperationFrames;
pub use request::{SubscribeMessage, decode_control, decode_subscribe};

#[cfg(test)]
mod tests;
