//! The raw WebSocket feed on the wire, both directions: JSON text messages, as
//! `docs/websocket-feed.md` describes them to clients.

mod connect;
pub(crate) mod encode;
mod pack;
mod request;
mod route;
mod wire;

pub use connect::{ConnectRequest, connect_request};
pub use request::decode;
pub use route::{RouteResponse, connection_id};
pub use wire::code;

#[cfg(test)]
mod tests;
