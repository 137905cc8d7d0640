//! GraphQL operations over a WebSocket on the wire, both directions: JSON text messages, as the protocol
//! `graphql-transport-ws` has them (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).

mod request;

pub use crate::frames::ping;
pub use request::{SubscribePayload, decode_control, decode_subscribe};

#[cfg(test)]
mod tests;
