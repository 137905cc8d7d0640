//! API Gateway: a REST API and a WebSocket API with its `@connections`, whose routes invoke functions.
//!
//! It must not know what a message means, nor be kinder than AWS: what a template doesn't declare is refused or dropped here, too.

mod clock;
mod proxy;
mod rest;
mod websocket;

pub use rest::RestApi;
pub use websocket::{ConnectionStatus, Limits, ManagementPort, WebSocketApi, WebSocketStatus};
