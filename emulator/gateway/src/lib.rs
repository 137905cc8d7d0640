//! API Gateway: a REST API and a WebSocket API with its `@connections`, whose routes invoke functions. Beside them the files of a
//! web site, as a CDN in front of the APIs has them.
//!
//! It must not know what a message means, nor be kinder than AWS: what a template doesn't declare is refused or dropped here, too.

mod clock;
mod proxy;
mod rest;
mod site;
mod websocket;

pub use rest::RestApi;
pub use site::{Site, SiteHeaders, SiteHeadersError};
pub use websocket::{ConnectionStatus, Limits, ManagementPort, WebSocketApi, WebSocketStatus};
