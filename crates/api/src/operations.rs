//! GraphQL operations over a WebSocket on the wire, both directions: JSON text messages, as the protocol
//! `graphql-transport-ws` has them (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).

mod frames;
mod request;

pub use frames::{OperationFrames, ping};
pub use request::{decode_control, decode_subscribe};

#[cfg(test)]
mod tests;
